"use strict";
const pipelines = JSON.parse(document.getElementById("data").textContent);
const config = { background: "white", font: "system-ui, sans-serif", axis: { labelFontSize: 12, titleFontSize: 12 },
  legend: { orient: "bottom", columns: 1, labelFontSize: 12, labelLimit: 300, symbolSize: 400 }, title: { fontSize: 14, anchor: "start" } };
for (const { charts } of pipelines) {
  for (const { key, content } of charts) {
    // ast: expressions are interpreted, for a page that runs no script but its own cannot compile them.
    vegaEmbed(document.getElementById(key), content, { ast: true, actions: false, config, renderer: "svg" })
      .catch(error => { document.getElementById(key).textContent = String(error); });
  }
}
