"""The faults by package: in each file, what is wrong, the code as it is and the code with the fault.

A change of the code that a fault is in makes tests/benchmarks/test_faults.py fail: mend the fault here too.
"""

from benchmarks.faults.fault import Fault, faults_in

# fmt: off
CORE = [
    *faults_in("pipeline_lib/core/files.py", "core/test_files.py", {
        "no file is synced": ("            os.fsync(handle)", "            pass", "core/test_crashes.py::test_content_is_on_the_disk_before_it_has_its_name"),
        "the files of a folder are not synced": ('for place in [*sorted(path.rglob("*")), path] if path.is_dir() else [path]:', "for place in [path]:", "core/test_crashes.py::test_content_is_on_the_disk_before_it_has_its_name"),
        "the folder of a renamed file is not synced": ("        _sync_one(target.parent)\n", "", "core/test_crashes.py::test_content_is_on_the_disk_before_it_has_its_name"),
        "content is synced after the rename": ("        yield draft\n        _sync(draft)\n", "        yield draft\n", "core/test_crashes.py::test_content_is_on_the_disk_before_it_has_its_name"),
        "a TAB is no formula in CSV": (r'("=", "+", "-", "@", "\t", "\r")', r'("=", "+", "-", "@", "\r")'),
        "a carriage return is no formula in CSV": (r'("=", "+", "-", "@", "\t", "\r")', r'("=", "+", "-", "@", "\t")'),
        "JSON may hold NaN": ("json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)", "json.dumps(value, indent=2, ensure_ascii=False)"),
        "lines of JSONL end at U+2028": (r'.read_text(encoding="utf-8").split("\n")', '.read_text(encoding="utf-8").splitlines()'),
        "a folder of other things is replaced": ("if others and mark not in others:", "if others and False:"),
        "the draft of a running process is removed": ("if not found or _runs(int(found[1])):", "if not found:", "core/test_crashes.py::test_a_draft_of_a_process_that_runs_stays"),
        "a folder is not put back after a kill between two renames": ("if found[2] and not target.exists():", "if False:", "core/test_crashes.py"),
    }),
    *faults_in("pipeline_lib/core/logistic.py", "core/test_logistic.py evaluation/test_baselines.py", {
        "the penalty with the best accuracy is taken": ('scoring="neg_log_loss"', 'scoring="accuracy"'),
        "labels of one row enter the choice of the penalty": ("if counts[label] > 1]", "if counts[label] > 0]"),
    }),
    *faults_in("pipeline_lib/core/passages.py", "core/test_passages.py", {
        "long sentences are not penalised": ("(1 - B + B * lengths[place] / mean)", "1"),
        "the sentences beside a sentence do not count": ("score + ADJACENT * (padded[at] + padded[at + 2])", "score"),
        "a sentence gets its own score for its neighbour's": ("(padded[at] + padded[at + 2])", "(padded[at] + padded[at + 1])"),
        "a stop word counts as any other": ("(STOP if stem in _stops() else 1.0)", "1.0"),
        "a cut sentence loses a word more": ("return ends[low - 1] if low else 0", "return ends[max(low - 2, 0)] if low else 0"),
    }),
    *faults_in("pipeline_lib/core/retrieval.py", "core/test_retrieval.py evaluation/test_baselines.py", {
        "the nearest row may be of the same group": ("similarity[np.array(own[start : start + _BLOCK])] = -1.0", "pass"),
        "the second block leaves out the groups of the first": ("own[start : start + _BLOCK]", "own[: len(block)]"),
        "the farthest of the nearest comes first": ("places[np.argsort(-row[places]", "places[np.argsort(row[places]"),
        "few-shot examples are the inputs": ('[train[place]["target"] for place in near]', '[train[place]["source"] for place in near]'),
    }),
    *faults_in("pipeline_lib/core/rows.py", "core/test_rows.py evaluation/test_score_table.py", {
        "a row's key does not cover its target": ('json.dumps([row["id"], row["source"], row["target"]]', 'json.dumps([row["id"], row["source"]]'),
        "labels are not checked": ('if row["target"] not in known:', "if False:"),
    }),
    *faults_in("pipeline_lib/core/run_files.py", "core/test_run_files.py core/test_split_rows.py", {
        "an id may stand twice in a split": ('if row["id"] in seen:', "if False:"),
        "a history may hold numbers that are not finite": ("math.isfinite(float(str(cell)))", "float(str(cell)) is not None"),
    }),
    *faults_in("pipeline_lib/core/text.py", "core/test_text.py", {
        "digits of full width differ from others": ('unicodedata.normalize("NFKC", text).casefold()', 'unicodedata.normalize("NFC", text).casefold()'),
        "a possessive is another word": ('frozenset({"d", "ll", "m", "re", "s", "ve"})', 'frozenset({"d", "ll", "m", "re", "ve"})'),
        "de-identified spans are words": ('return _DEIDENTIFIED.sub(lambda span: "\\0" * len(span[0]), text) if "[**" in text else text', "return text"),
        "e.g. ends a sentence": ("dist div dr e.g ed eds", "dist div dr ed eds"),
    }),
    *faults_in("pipeline_lib/core/batches.py", "core/test_batches.py", {
        "the shortest rows come first": ("key=lambda row: (-lengths[row], row)", "key=lambda row: (lengths[row], row)"),
    }),
    *faults_in("pipeline_lib/core/dialogues.py", "tasks/test_dialogue.py", {
        "a turn to predict stands among the turns before it": ('"turns": turns[:place],', '"turns": turns[: place + 1],'),
        "the first turn is predicted from nothing": ('if turn["learnt"] and place >= len(opening(turns))', 'if turn["learnt"]'),
    }),
]

CLI = [
    *faults_in("pipeline_lib/cli/command.py", "cli/test_command.py", {
        "a message may steer the terminal": ("char if char.isprintable() else char.encode", "char if True else char.encode"),
        "a user's mistake exits with 0": ("    sys.exit(1)\n\n\ndef printable", "    sys.exit(0)\n\n\ndef printable"),
        "a grid's row is not taken from DVC": ('args.row = args.row or os.environ.get("DVC_STAGE", "").partition("@")[2]', "pass"),
        "SIGTERM exits as Ctrl-C": ("        sys.exit(TERMINATED)", "        sys.exit(CTRL_C)"),
        "a log line is written into the progress bar": ("    with tqdm.external_write_mode(nolock=True):", "    if True:"),
    }),
    *faults_in("pipeline_lib/cli/launch.py", "cli/test_launch.py", {
        "torch fills in what looks like its own in an argument": ('word.replace("$", "$$")', "word"),
        "a process that lost another one is to blame": ("(LOST, -signal.SIGTERM,", "(-signal.SIGTERM,"),
        "processes that failed exit with 1": ('return Stopped("", code)  # it has said why', 'return Stopped("", 1)'),
        "accelerate starts one process in place of several": ("if kind in _ONE_PROCESS and number > 1:", "if False:"),
        "the handlers of signals stay torch's": ("            signal.signal(number, handler)", "            pass"),
    }),
    *faults_in("pipeline_lib/cli/launched_process.py", "cli/test_launch.py", {
        "every process prints": ("    if rank:\n        os.dup2(os.open(os.devnull", "    if False:\n        os.dup2(os.open(os.devnull"),
        "processes of a killed launcher go on": ("    os.kill(os.getpid(), signal.SIGTERM)", "    pass"),
        "a lost connection has a traceback": ('if not any("/torch/distributed/" in file for file in files):', "if True:"),
    }),
    *faults_in("pipeline_lib/cli/live.py", "training/test_live.py", {
        "a failure to write live figures ends the training": ("        except OSError as error:\n            self.failed", "        except KeyError as error:\n            self.failed"),
        "live figures of the learning rate are left out": ('"lr", "tokens_per_second"', '"tokens_per_second"'),
    }),
]

DATA = [
    *faults_in("pipeline_lib/data/splitting.py", "data/test_splitting.py", {
        "the seed does not decide the order of groups": ("    shuffler = random.Random(seed)\n    placed = []", "    shuffler = random.Random(0)\n    placed = []"),
        "training rows are not shuffled": ("    random.Random(seed).shuffle(train_rows)\n", ""),
        "the seed does not decide which groups are test": ("    random.Random(seed).shuffle(names)", "    random.Random(0).shuffle(names)", "data/test_splitting.py stages/test_split_groups.py"),
        "test rows are of large groups too": ("test_groups = sorted(candidates, key=lambda name: len(groups[name]))[:test]", "test_groups = candidates[:test]"),
        "the rest of a test row's group is trained on": ("rest = [name for name in order if name not in taken]", "rest = order"),
        "validation rows are of groups that are trained on": ("for name in rest if name not in validation_groups for", "for name in rest for"),
        "a small train is a few large groups": ("in sorted(numbered, key=itemgetter(0))]", "in numbered]"),
        "a group is tested with its shortest row": ('return max(rows, key=lambda row: len(row["source"]))', 'return min(rows, key=lambda row: len(row["source"]))'),
        "a leak is looked for on one side of a pair": ("for group, other in ((left, right), (right, left)):", "for group, other in ((left, right),):"),
        "two targets of one input are duplicates": ('" ".join(example["target"].casefold().split()))', '"")'),
        "one training row too many": ("key=itemgetter(0))][:train]", "key=itemgetter(0))][: train + 1]"),
        "test rows change with split.train": ("for shares in ({\"test\": TEST_SHARE, \"validation\": VALIDATION_SHARE}, by_numbers):", "for shares in (by_numbers,):"),
        "validation rows change with split.train": ("for name in reversed(order):", "for name in order:"),
        "more training rows are other ones": ("{part} {seed}", "{part} {seed} {train}"),
        "unfit rows are trained on": ('[row for row in group if row["id"] not in unfit]', "list(group)"),
    }),
    *faults_in("pipeline_lib/data/split_table.py", "stages/test_split.py stages/test_split_groups.py", {
        "near-duplicates are not grouped": ('near if mode == "group" else []', "[]"),
        "near-duplicates in two parts do not fail": ('_with_leaks(split, leaks, mode == "fail", rows.origin)', "_with_leaks(split, leaks, False, rows.origin)"),
        "training rows that a test file repeats stay": ('[row for row in rows.train if row["id"] not in too_close]', "list(rows.train)"),
        "leaks into validation rows are not looked for": ("leaking_rows(split.test + split.validation, split.train, pairs)", "leaking_rows(split.test, split.train, pairs)"),
        "leaks from validation to test do not fail": ("in_two_parts = leaked | leaking_rows(split.test, split.validation, pairs)", "in_two_parts = leaked"),
        "the split has no seed of its own": ("seed if settings[\"seed\"] is None else settings[\"seed\"]", "seed"),
        "split.min_words is ignored": ("    if min_words == 0:\n", "    if True:\n"),
        "more test rows than the file has are accepted": ('if sizes["test"] > len(rows.test):', "if False:"),
    }),
    *faults_in("pipeline_lib/data/near_duplicates.py", "data/test_near_duplicates.py", {
        "one of seven words may be another": ("SHARED = 7 / 8", "SHARED = 6 / 7"),
        "a number counts as any word": ("NUMBER = 3 ", "NUMBER = 1 "),
        "a word counts once however often it stands": ("for number in range(count * (", "for number in range(1 * ("),
        "a longer text need not have all words of the shorter": ("(common == small)", "True"),
        "parts of short texts are nearly equal to them": ("LONG = 16 ", "LONG = 8 "),
        "links are not followed": ("lower, upper = sorted((root(left), root(right)))", "lower, upper = left, right"),
    }),
    *faults_in("pipeline_lib/data/containment.py", "data/test_containment.py", {
        "the last run of words is not looked at": ("range(len(split) - self.least + 1)", "range(len(split) - self.least)"),
        "a text with two labels is kept": ('elif len(labels_of[text]) > 1:', 'elif len(labels_of[text]) > 2:'),
        "a text of just enough words is dropped": ("elif len(text_words[place]) < min_words:", "elif len(text_words[place]) <= min_words:"),
        "a duplicate is kept": ("elif text in seen:", "elif False:"),
    }),
    *faults_in("pipeline_lib/data/tables.py", "data/test_tables.py data/test_refused_inputs.py", {
        "a table without rows is read": ("if not records.rows:", "if False:"),
        "a header may be two columns": ("        if count > 1:\n            both", "        if False:\n            both"),
        "a first line that is a row is taken for headers": ("if header in cells or (cells and all", "if (cells and all"),
        "rows are numbered from 0": ("table = pd.DataFrame(index=pd.RangeIndex(1, len(records.rows) + 1))", "table = pd.DataFrame(index=pd.RangeIndex(0, len(records.rows)))"),
    }),
    *faults_in("pipeline_lib/data/headers.py", "data/test_refused_inputs.py", {
        "headers differ by case": ('unicodedata.normalize("NFC", text).casefold().split()', 'unicodedata.normalize("NFC", text).split()'),
    }),
    *faults_in("pipeline_lib/data/cells.py", "data/test_tables_formats.py data/test_tables.py", {
        "a number loses its zeros": ("return cell.written", "return str(float(cell))"),
        "NaN is text": ("if cell is None or cell != cell:", "if cell is None:"),
        "true is written as in Python": ('return "true" if cell else "false"', "return str(cell)"),
    }),
    *faults_in("pipeline_lib/data/delimited.py", "data/test_tables.py data/test_refused_inputs.py", {
        "a row of another width is read": ("if rows and len(row) != len(rows[0]):", "if False:"),
        "the separator with the fewest columns is taken": ("return max(found, key=lambda one: len(one[0][0]))", "return min(found, key=lambda one: len(one[0][0]))"),
    }),
    *faults_in("pipeline_lib/data/conversations.py", "tasks/test_company.py tasks/test_conversation_shapes.py", {
        "a turn of weight 0 is learnt": ('turn.get("weight") != 0', "True"),
        "a list of texts is said by one speaker": ('Turn(IN_TURN[at % 2], "", entry.strip())', 'Turn(IN_TURN[0], "", entry.strip())'),
    }),
    *faults_in("pipeline_lib/data/exchanges.py", "tasks/test_company.py tasks/test_conversation_shapes.py", {
        "answers of weight 0 are learnt": ("learnt = [at for at in answers if spoken[at].learnt]", "learnt = answers"),
        "the answer stands in its own question": ("before, answer = spoken[:at],", "before, answer = spoken[: at + 1],"),
    }),
    *faults_in("pipeline_lib/data/choice_items.py", "data/test_choice_items.py", {
        "the seed does not decide the sample": ("random.Random(seed).sample", "random.Random(0).sample"),
        "choices are numbered from 0": ("for place in range(1, len(texts) + 1)]", "for place in range(len(texts))]"),
        "a sample is not in the file's order": ("for place in sorted(random.Random(seed).sample(range(len(items)), limit))]", "for place in random.Random(seed).sample(range(len(items)), limit)]"),
    }),
    *faults_in("pipeline_lib/data/tracking.py", "stages/test_import_data.py stages/test_split.py", {
        "rows may reach Git": ("    if new:\n", "    if False:\n"),
        "another file of the name is taken for the same": ("if not _same(source, target):", "if False:"),
    }),
    *faults_in("pipeline_lib/data/split_figures.py", "stages/test_split.py", {
        "a shared group is not counted": ("return sum(count > 1 for count in counts.values())", "return 0", "data/test_split_figures.py"),
        "leaked rows are counted in training": ('sum(row["leak"] != "" for row in parts["test"])', 'sum(row["leak"] != "" for row in parts["train"])'),
    }),
]

MODELS = [
    *faults_in("pipeline_lib/models/tokenization.py", "models/test_tokenization.py", {
        "the target is not ended": ("target = [*template.target_ids(example), eos_id]", "target = [*template.target_ids(example)]"),
        "the first token of the target is not learnt": ("after_prompt = range(self.start, len(self.ids))", "after_prompt = range(self.start + 1, len(self.ids))"),
        "a cut target is never told": ("target_cut = cut > 0 and", "target_cut = False and"),
        "the nearest few-shot example is dropped first": ('example["few_shot"][:-1]', 'example["few_shot"][1:]'),
        "special tokens in a row are accepted": ("        if token in text:\n", "        if False:\n"),
        "an answer ends with what the template writes, special or not": ("return after[0] if after and after[0] in special else", "return after[0] if after else"),
        "a row that does not end is trained on": ("if row.ids[-1:] != [eos_id]:", "if False:"),
    }),
    *faults_in("pipeline_lib/models/batching.py", "training/test_loop.py", {
        "a token is predicted from itself": ("places.append(number * width + place - 1)", "places.append(number * width + place)", "models/test_tokenization.py"),
        "all epochs have one order": ('random.Random(f"{seed} {epoch}")', 'random.Random(f"{seed}")', "models/test_tokenization.py"),
        "the seed does not decide the order of batches": ('random.Random(f"{seed} {epoch}")', 'random.Random(f"{epoch}")', "models/test_tokenization.py"),
        "rows of any length share a batch": ("key=lambda row: lengths[row])", "key=lambda row: 0)", "models/test_tokenization.py"),
    }),
    *faults_in("pipeline_lib/models/transcript_encoder.py", "models/test_transcript_encoder.py", {
        "turns of others are learnt": ("targets = [place for place in range(first, last) if learnt[place]]", "targets = list(range(first, last))"),
        "a dialogue does not end": ("        turns[-1].append(self.eos_id)  # the empty line that ends a dialogue\n", ""),
        "a window is a token too long": ("tokens + len(turns[last]) <= size:", "tokens + len(turns[last]) <= size + 1:"),
        "the oldest turns are kept": ("while first > head and tokens + len(ids[first - 1]) <= size:", "while first > head + 1 and tokens + len(ids[first - 1]) <= size:"),
    }),
    *faults_in("pipeline_lib/models/prefix_sharing.py", "models/test_prefix_sharing.py", {
        "rows of one prefix see one another": ("allowed[number, part.start : part.stop, first : part.start] = False", "pass"),
        "positions go on from the row before": ("positions[number, part.start : part.stop] = torch.arange(first, first + len(part))", "pass"),
        "prompts may share all their tokens": ("longest = min(map(len, prompts)) - 1", "longest = min(map(len, prompts))"),
    }),
    *faults_in("pipeline_lib/models/forward.py", "training/test_loop.py", {
        "logits are not capped": ("return cap * torch.tanh(scores / cap) if cap else scores", "return scores"),
    }),
    *faults_in("pipeline_lib/models/loss_in_pieces.py", "models/test_loss_in_pieces.py training/test_loop.py", {
        "the loss is a mean over tokens": ('return cross_entropy(logits(hidden), labels, reduction="sum")', 'return cross_entropy(logits(hidden), labels, reduction="mean")'),
        "a factor after the loss is lost": ("*(gradient * outer[0] for", "*(gradient for"),
        "the last piece is left out": ("range(0, len(hidden), size):", "range(0, len(hidden) - size, size):"),
        "weights have the gradient of the last piece": ("                total += gradient\n", "                total.copy_(gradient)\n"),
    }),
    *faults_in("pipeline_lib/models/lora.py", "models/test_lora.py", {
        "the seed does not decide fresh weights": ("    torch.manual_seed(seed)\n    if isinstance", "    if isinstance"),
        "an adapter is put on another base": ('if identity["sha256"] != base.sha256:', "if False:"),
        "missing weights of an adapter are random": ("if absent or found.unexpected_keys:", "if found.unexpected_keys:"),
        "alpha is r": ("lora_alpha=alpha,", "lora_alpha=r,"),
        "target modules are in any order": ("setattr(config, name, sorted(set(getattr(config, name))))", "setattr(config, name, list(set(getattr(config, name)))[::-1])"),
    }),
    *faults_in("pipeline_lib/models/loading.py", "models/test_loading.py", {
        "missing weights are random": ("    if absent:\n", "    if False:\n"),
        "pickled weights are read": ('if not any(folder.glob("*.safetensors")):', "if False:"),
        "a tokenizer of another model is taken": ("    if beyond:\n", "    if False:\n", "models/test_model_faults.py"),
        "bfloat16 is taken where the processor lacks it": ("return torch.bfloat16 if has_bf16 else torch.float32", "return torch.bfloat16"),
    }),
    *faults_in("pipeline_lib/models/length_limits.py", "models/test_length_limits.py", {
        "auto cuts one row in twenty": ("PERCENT = 99 ", "PERCENT = 95 "),
        "the percentile is a row off": ("[-(-PERCENT * len(lengths) // 100) - 1]", "[PERCENT * len(lengths) // 100 - 1]"),
        "prompt and answer together are more than the model reads": ("prompt = min(prompt, context - max(", "prompt = min(prompt, context + 8 - max("),
    }),
    *faults_in("pipeline_lib/models/too_long.py", "stages/test_lengths.py", {
        "test rows are left out": ('found if too_long == "fail" else over.get(TEST, {})', 'found if too_long == "fail" else {}'),
        "a row of just as many tokens is too long": ("for row, count in least.items() if count > context}", "for row, count in least.items() if count >= context}", "stages/test_lengths.py models/test_length_limits.py"),
    }),
    *faults_in("pipeline_lib/models/device.py", "training/test_resume.py::test_a_run_of_two_processes_is_that_of_one_and_continues", {
        "each of two processes takes itself for the only one": ("PartialState(cpu=not torch.accelerator.is_available(), timeout=PATIENCE)", "PartialState(timeout=PATIENCE)"),
    }),
    *faults_in("pipeline_lib/models/checkpointing.py", "models/test_checkpointing.py", {
        "gradient checkpointing does nothing": ('model.activation_checkpointing_enable({"use_reentrant": False})', "pass"),
    }),
    *faults_in("pipeline_lib/models/quantization.py", "models/test_quantization.py", {
        "a machine that cannot quantize is found while training": ("        _try_layer(kind, dtype, device)", "        pass"),
    }),
    *faults_in("pipeline_lib/models/parameter_count.py", "models/test_quantization.py", {
        "a weight of 4 bits counts as half of one": ("return state.shape.numel() if state is not None else", "return"),
    }),
    *faults_in("pipeline_lib/models/chat_template.py", "models/test_chat_template.py", {
        "the prompt has today's date": ('if "strftime_now" in template:', "if False:"),
        "thoughts are opened": ('if "enable_thinking" in template:', "if False:"),
    }),
    *faults_in("pipeline_lib/models/classifier.py", "models/test_classifier.py", {
        "padding is read": ("model(input_ids=ids, attention_mask=mask).logits", "model(input_ids=ids).logits"),
        "right rows are counted as errors": (".argmax(-1) != labels).sum())", ".argmax(-1) == labels).sum())"),
        "probabilities are in the order of the batches": ("result[batch] = logits", "result[sorted(batch)] = logits"),
        "a label without training rows is accepted": ('if all(row["target"] != label for row in rows):', "if False:"),
    }),
    *faults_in("pipeline_lib/models/text_encoder.py", "words/test_encoder_vectors.py models/test_classifier.py", {
        "padding is in the mean": ("((hidden * mask).sum(dim=1) / mask.sum(dim=1))", "hidden.mean(dim=1)"),
    }),
    *faults_in("pipeline_lib/models/run_cache.py", "training/test_checkpoints.py training/test_resume.py::test_another_number_of_threads_or_another_base_is_another_run", {
        "a run with other threads is the same": ('        "threads": torch.get_num_threads(),\n', ""),
        "the names of tensors are not hashed": ('f"{name} {tensor.dtype} {tuple(tensor.shape)}\\n"', 'f"{tensor.dtype} {tuple(tensor.shape)}\\n"'),
        "runs of the last month are removed": ("ABANDONED = 30 * 86400", "ABANDONED = 86400"),
    }),
    *faults_in("pipeline_lib/models/manifest.py", "models/test_cached_models.py", {
        "a changed file of the same size is not read again": ('here = {"size": file.stat().st_size, "mtime_ns": file.stat().st_mtime_ns}', 'here = {"size": file.stat().st_size, "mtime_ns": 0}'),
        "a file that was added is no difference": ("names = sorted(left.keys() | right.keys())", "names = sorted(left.keys())"),
    }),
    *faults_in("pipeline_lib/models/parameter_count.py", "models/test_parameter_count.py", {
        "tied weights are counted twice": ("weights = {id(weight): weight for weight in model.parameters()}", "weights = {number: weight for number, weight in enumerate(model.state_dict().values())}"),
        "a replaced head is counted": ("for key, weight in weights.items() if key not in replaced)", "for key, weight in weights.items())"),
    }),
    *faults_in("pipeline_lib/models/unknown_tokens.py", "models/test_unknown_tokens.py", {
        "special tokens are counted": ("special = set(tokenizer.all_special_ids) - {unknown}", "special = set()"),
    }),
]

TRAINING = [
    *faults_in("pipeline_lib/training/loop.py", "training/test_loop.py", {
        "the learning rate falls to half only": ("(steps - step) / (steps - warmup_steps))", "(1 + (steps - step) / (steps - warmup_steps)) / 2)", "training/test_loop.py::test_the_rate_rises_over_the_warm_up_and_falls_to_the_last_step"),
        "warm-up is a step shorter": ("math.ceil(warmup_ratio * steps)", "math.floor(warmup_ratio * steps)", "training/test_loop.py::test_the_rate_rises_over_the_warm_up_and_falls_to_the_last_step"),
        "biases and norms decay": ('if weight.ndim < 2], "weight_decay": 0.0}', 'if weight.ndim < 2], "weight_decay": weight_decay}', "training/test_loop.py::test_matrices_decay_and_biases_and_norms_do_not"),
        "no weight decays": ('if weight.ndim >= 2], "weight_decay": weight_decay}', 'if weight.ndim >= 2], "weight_decay": 0.0}', "training/test_loop.py::test_matrices_decay_and_biases_and_norms_do_not"),
        "gradients are not clipped": ("    accelerator.clip_grad_norm_(weights, max_grad_norm)\n", "", "training/test_loop.py::test_one_step_equals_that_of_plain_autograd"),
        "the worst epoch is kept": ("if result < state.best_loss:", "if result > state.best_loss or not state.best_epoch:", "training/test_loop.py::test_the_epoch_with_the_lowest_validation_loss_is_kept"),
        "of equal epochs the last is kept": ("if result < state.best_loss:", "if result <= state.best_loss:", "training/test_loop.py::test_patience_stops_after_epochs_that_are_not_better"),
        "the weights of the last epoch are kept": ("            weight.copy_(state.best[name])", "            pass", "training/test_loop.py::test_the_epoch_with_the_lowest_validation_loss_is_kept"),
        "training stops an epoch late": ("epoch - 1 - state.best_epoch >= patience", "epoch - 1 - state.best_epoch > patience", "training/test_loop.py::test_patience_stops_after_epochs_that_are_not_better"),
        "dropout is the same in each epoch": ("seed * 1_000_003 + epoch * 1_009", "seed * 1_000_003"),
        "a loss that is not finite is trained with": ("        if not math.isfinite(loss):", "        if False:", "training/test_loop.py::test_weights_that_are_not_finite_stop_the_run"),
        "errors do not choose the epoch": ('result = found.get("errors", found["loss"])', 'result = found["loss"]', "training/test_loop.py::test_where_errors_are_counted_they_choose_the_epoch"),
        "gradients add up over steps": ("    optimizer.zero_grad()\n", "", "training/test_loop.py::test_a_frozen_model_and_its_adapter_learn"),
        "each process trains on all rows": ("mine = batch[accelerator.process_index :: accelerator.num_processes]", "mine = batch", "training/test_resume.py::test_a_run_of_two_processes_is_that_of_one_and_continues"),
        "processes do not add their gradients": ("    if accelerator.num_processes > 1:\n        for weight", "    if False:\n        for weight", "training/test_resume.py::test_a_run_of_two_processes_is_that_of_one_and_continues"),
    }),
    *faults_in("pipeline_lib/training/gradients.py", "training/test_gradients.py", {
        "micro-batches change the step": ("self.accelerator.backward(nll / targets)", "self.accelerator.backward(nll / sum(map(self.objective.targets, rows)))", "training/test_loop.py::test_micro_batches_give_the_same_step"),
        "only the first part counts": ("for _, gradients in found:", "for _, gradients in found[:1]:"),
        "parts change the step": ("torch.autograd.grad(nll / targets,", "torch.autograd.grad(nll / sum(map(self.objective.targets, rows)),"),
        "a part uses all cores": ("        torch.set_num_threads(cores)", "        torch.set_num_threads(cores + 1)"),
        "the cores stay divided": ("            torch.set_num_threads(all_cores)\n", "            pass\n"),
        "threads share dropout's random numbers": ("or _draws_random_numbers(self.model)", ""),
        "each part has gradients of a complete model": ("min(torch.get_num_threads(), weights // trained)", "torch.get_num_threads()"),
    }),
    *faults_in("pipeline_lib/models/lora_product.py", "models/test_lora_product.py", {
        "LoRA is not scaled": ("(b * scale).to(dtype)", "b.to(dtype)"),
        "the gradient of B is not scaled": (".mul_(ctx.scale)", ""),
        "the gradient does not pass through A": (".addmm_(of_inner, a)", ""),
        "a switched off adapter works": ("if self.disable_adapters or self.merged or", "if self.merged or"),
        "a merged adapter counts twice": ("if self.disable_adapters or self.merged or", "if self.disable_adapters or"),
    }),
    *faults_in("pipeline_lib/models/grouped_attention.py", "models/test_grouped_attention.py", {
        "scores are not scaled": (".mul_(scale)", ""),
        "every token is attended to": ("            if mask is not None:", "            if False:"),
        "scores are not capped": ('or options.get("softcap") or', "or"),
        "attention has no dropout": ("if dropout or", "if"),
    }),
    *faults_in("pipeline_lib/training/objective.py", "training/test_loop.py", {
        "validation has dropout": ("    model.eval()\n", "", "training/test_loop.py::test_what_draws_random_numbers"),
        "the loss weighs each row the same": ('{"loss": nll / targets}', '{"loss": nll / count}', "training/test_loop.py::test_the_loss_equals_the_models_own"),
    }),
    *faults_in("pipeline_lib/training/state.py", "training/test_checkpoints.py", {
        "random states are not restored": ('    torch.set_rng_state(own["cpu"])\n', ""),
        "a process takes the random state of the first": ("states[accelerator.process_index].clone()", "states[0].clone()", "training/test_checkpoints.py::test_each_process_goes_on_from_its_own_random_state"),
        "a process reads other memory for its random state": ("states[accelerator.process_index].clone()", "states[accelerator.process_index]", "training/test_checkpoints.py::test_each_process_goes_on_from_its_own_random_state"),
        "the optimizer starts anew": ("    optimizer.load_state_dict(loaded)\n", ""),
        "the schedule starts anew": ("    schedule.load_state_dict(state.schedule)\n", ""),
    }),
    *faults_in("pipeline_lib/training/checkpoints.py", "training/test_checkpoints.py", {
        "a damaged checkpoint is read": ('if sha256(path) != path.stem.split("-")[-1]:', "if False:"),
        "one checkpoint is kept": ("KEPT = 2 ", "KEPT = 1 "),
        "the oldest checkpoint is read": ('sorted(self.folder.glob("*.safetensors"), reverse=True)', 'sorted(self.folder.glob("*.safetensors"))'),
        "a checkpoint is not synced": ("            sync(draft)\n", ""),
    }),
    *faults_in("pipeline_lib/training/checkpoint_policy.py", "training/test_checkpoints.py", {
        "the end of an epoch is not saved": ("now - self.last >= self.every or epoch_end", "now - self.last >= self.every", "training/test_checkpoints.py training/test_resume.py::test_checkpoint_interval_and_time_limit_do_not_change_the_run"),
        "slow saves take more of the time": ("SAVING_SHARE = 0.05", "SAVING_SHARE = 0.5"),
    }),
    *faults_in("pipeline_lib/training/job.py", "training/test_job.py", {
        "processes of other devices train together": ("if any(value != values[0] for value in values):", "if False:"),
        "all weights are trained in 4 bits": ('if method != "lora":', "if False:"),
    }),
    *faults_in("pipeline_lib/training/job.py", "stages/test_finetune.py", {
        "the settings do not decide which run is continued": ('"settings": training_settings(self.params),\n            "code"', '"code"', "training/test_resume.py::test_other_params_or_data_never_use_an_old_checkpoint"),
        "validation rows are trained on": ('for part in ("train", "validation"))', 'for part in ("validation", "train"))'),
        "random numbers are not seeded": ('    set_seed(params["seed"])\n', "", "stages/test_finetune_classifier.py"),
    }),
    *faults_in("pipeline_lib/training/outputs.py", "stages/test_finetune.py", {
        "a folder of other files is replaced": ("        if others:\n", "        if False:\n"),
    }),
    *faults_in("pipeline_lib/training/run.py", "training/test_live.py", {
        "live figures of a run that goes on lack its first steps": ("        for row in state.history:\n            write_live(row)\n", ""),
    }),
    *faults_in("pipeline_lib/training/measurements.py", "training/test_loop.py", {
        "the backward pass is not counted": ("counter.get_total_flops() * (2 + checkpointing + share)", "counter.get_total_flops()"),
    }),
]

INFERENCE = [
    *faults_in("pipeline_lib/inference/decoding.py", "inference/test_decoding.py", {
        "an answer of just as many tokens has ended": ("ended = len(ids) < limit", "ended = len(ids) <= limit"),
        "the least likely token is taken": ("scores.argmax(-1).tolist()", "scores.argmin(-1).tolist()"),
        "padding on the left counts as positions": ('where["position_ids"] = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]', "pass"),
        "prompts are padded on the right": ("start = longest - len(row) if left else 0", "start = 0"),
        "an answer is a token too short": ("for step in range(1, limit + 1):", "for step in range(1, limit):"),
        "logits that are not finite are read": ("if not bool(torch.isfinite(values).all()):", "if False:", "models/test_model_faults.py"),
        "a log-probability leaves out the token that ends an answer": ("logp / (len(ids) + ended)", "logp / len(ids)", "inference/test_decoding.py inference/test_generation.py"),
    }),
    *faults_in("pipeline_lib/inference/generation.py", "inference/test_generation.py inference/test_decoding.py", {
        "each process answers every batch": ("range(process, len(plan), processes)", "range(len(plan))"),
        "end-of-text does not end an answer": ("{eos_id, tokenizer.eos_token_id}, limit)", "{eos_id}, limit)"),
        "answers are in the order of the batches": ("results[item] = (logp, completion(tokenizer, ids, max_new_tokens, own))", "results[number] = (logp, completion(tokenizer, ids, max_new_tokens, own))"),
        "a prefix is shared beyond a sliding window": ("shared = 0 if window and max(map(len, prompts)) + limit > window else", "shared ="),
    }),
    *faults_in("pipeline_lib/inference/sampling.py", "inference/test_sampling.py", {
        "top_k is ignored": ("            if self.top_k:\n", "            if False:\n"),
        "top_p is ignored": ("            if self.top_p < 1:\n", "            if False:\n"),
        "repetition is not penalised": ("        if self.repetition_penalty != 1:\n", "        if False:\n"),
        "the seed does not decide a dialogue": ("torch.Generator().manual_seed(seed)", "torch.Generator().manual_seed(0)"),
        "temperature 0 draws": ("    if sampling.temperature > 0:\n        return int(torch.multinomial", "    if True:\n        return int(torch.multinomial"),
        "end-of-text does not end a turn": ("return {encoder.eos_id, encoder.tokenizer.eos_token_id}", "return {encoder.eos_id}"),
    }),
    *faults_in("pipeline_lib/inference/loglikelihood.py", "inference/test_loglikelihood.py", {
        "the first token of a choice does not count": ("sums = [part.tolist() for part in", "sums = [(0 * part).tolist() for part in"),
        "a long choice has its mean": ("sums[item][at] += rest.sum().item()", "sums[item][at] += rest.mean().item()"),
        "the space of a choice is the prompt's": ("    text = prompt.rstrip()\n", "    text = prompt\n", "inference/test_loglikelihood.py inference/test_lm_eval.py"),
        "the prompt is a token longer": ("return start, joined[len(start) :]", "return start, joined[len(start) + 1 :]"),
        "a prompt of more tokens than the model reads is taken": ("if context and read > context:", "if False:"),
    }),
    *faults_in("pipeline_lib/inference/label_choices.py", "stages/test_classify_lm.py", {
        "a label that begins another is the likelier": ("nested = any(a != b and b[: len(a)] == a for a in labels for b in labels)", "nested = False"),
    }),
    *faults_in("pipeline_lib/inference/multiple_choice.py", "inference/test_lm_eval.py inference/test_loglikelihood.py", {
        "a choice has no space before it": ('[f" {choice}" for choice', '[f"{choice}" for choice'),
        "bytes are counted for characters": ('[len(choice) for choice in item["choices"]]', '[len(choice.encode()) for choice in item["choices"]]'),
    }),
    *faults_in("pipeline_lib/inference/journal.py", "inference/test_journal.py", {
        "a damaged batch is read": ('if path.stem == f"{name}-{_digest(text)}":', "if True:"),
        "others may read answers": ("draft.touch(0o600)", "draft.touch(0o644)"),
    }),
    *faults_in("pipeline_lib/inference/run.py", "inference/test_run.py", {
        "answers of another tuned model are continued": ('"tuned": fingerprint_files(tuned, ".json", ".safetensors") if tuned else None,', '"tuned": bool(tuned),'),
        "answers of other settings are continued": ('        "settings": settings,\n', ""),
    }),
]

EVALUATION = [
    *faults_in("pipeline_lib/evaluation/row_kinds.py", "evaluation/test_row_kinds.py", {
        "rows of a group count as many": ("len({row[\"group\"] for row in rows})", "len(rows)"),
        "a difference by chance is told": (" and abs(ours - theirs) > SURE * error", ""),
        "a small difference is told": ("abs(ours - theirs) >= LEAST and ", ""),
        "the smallest difference comes first": ('key=lambda one: -abs(one["train"] - one["test"])', 'key=lambda one: abs(one["train"] - one["test"])'),
    }),
    *faults_in("pipeline_lib/evaluation/significance.py", "evaluation/test_significance.py", {
        "a gain's interval is drawn over rows": ("by_group = [_group_sums(value.sides(side), groups) for side in (ours, theirs)]", "by_group = [value.sides(side) for side in (ours, theirs)]", "evaluation/test_score_run.py"),
        "p may be 0": ("(extreme + 1) / (swaps + 1)", "extreme / swaps", "evaluation/test_significance.py::test_p_is_scipys_and_sampled_p_is_near_it evaluation/test_significance.py::test_the_verdict_needs_both_p_and_the_interval"),
        "few swaps are drawn, not counted": ("exact = groups <= EXACT_UP_TO", "exact = False", "evaluation/test_significance.py::test_p_is_scipys_and_sampled_p_is_near_it"),
        "lower is better for every metric": ('sign = 1.0 if better == "higher" else -1.0', "sign = -1.0", "evaluation/test_significance.py::test_the_verdict_depends_on_the_better_direction"),
        "better than one baseline is better than all": ('if all(each == "better" for each, _ in gains.values()):', 'if any(each == "better" for each, _ in gains.values()):', "evaluation/test_significance.py::test_the_verdict_over_all_baselines"),
        "worse than the best of many baselines at its own p": ('if verdict == "worse" and p * len(gains) < 1 - LEVEL:', 'if verdict == "worse" and p < 1 - LEVEL:', "evaluation/test_significance.py::test_the_verdict_over_all_baselines"),
        "intervals of few groups are not widened": ("tail = stats.norm.sf(math.sqrt(groups / (groups - 1)) * stats.t.isf((1 - LEVEL) / 2, groups - 1))", "tail = (1 - LEVEL) / 2", "evaluation/test_significance.py::test_the_interval_is_scipys_percentile_interval_at_the_level_widened_for_few_rows"),
    }),
    *faults_in("pipeline_lib/evaluation/score_table.py", "evaluation/test_score_run.py evaluation/test_score_table.py", {
        "an interval is drawn over rows": ('list(table["group"]), seed)\n            found |=', 'list(table["id"]), seed)\n            found |='),
        "a gain is tested over rows": ('        list(table["group"]),\n        seed,', '        list(table["id"]),\n        seed,'),
        "slices have untrained and baseline exchanged": ('("untrained", "untrained"), ("tuned", "tuned"), ("baseline", best_baseline)', '("baseline", "untrained"), ("tuned", "tuned"), ("untrained", best_baseline)'),
        "the gain of a slice is over untrained": ("over = gain_over(part, best_baseline, name, metric, seed)", 'over = gain_over(part, "untrained", name, metric, seed)'),
        "the gain of a slice is that of all rows": ("over = gain_over(part, best_baseline, name, metric, seed)", "over = gain_over(table, best_baseline, name, metric, seed)"),
        "slices are quarters": ("np.quantile(numbers, [1 / 3, 2 / 3])", "np.quantile(numbers, [1 / 4, 3 / 4])"),
        "a number at the edge is in the next third": ('place = np.searchsorted(edges, numbers, side="left")', 'place = np.searchsorted(edges, numbers, side="right")'),
        "the seed does not decide intervals": ('interval(numbers, metric.value, list(table["group"]), seed)', 'interval(numbers, metric.value, list(table["group"]), 0)'),
        "the seed does not decide gains": ('        list(table["group"]),\n        seed,', '        list(table["group"]),\n        0,'),
        "the seed does not decide the gains of slices": ("over = gain_over(part, best_baseline, name, metric, seed)", "over = gain_over(part, best_baseline, name, metric, 0)"),
        "names of the user's file reach Git": ('(safe | {"id": keys, "group": groups})', '(safe | {"id": keys})'),
        "a leaked row is clean": ('"leaked": int(bool(example.get("leak"))),', '"leaked": 0,'),
        "small p are 0": ('return round(value, DIGITS) or float(f"{value:.2e}")', "return round(value, DIGITS)"),
        "the input does not decide which test set it is": ('(row["id"], row["source"], row["target"]) for row in examples', '(row["id"], row["target"]) for row in examples'),
    }),
    *faults_in("pipeline_lib/evaluation/score_run.py", "evaluation/test_score_run.py evaluation/test_score_table.py", {
        "the threshold is chosen on test rows": ('scoring.apply_threshold(split["validation"], answers["validation"][name], systems[name])', "scoring.apply_threshold(test_rows, systems[name], systems[name])"),
        "untrained has the threshold of tuned": ('answers["validation"][name], systems[name])', 'answers["validation"]["tuned"], systems[name])'),
        "a row has the similarity of another": ("nearest_rows(split[\"train\"], test_rows, 1)[1][:, 0].tolist()", "nearest_rows(split[\"train\"], test_rows, 1)[1][::-1, 0].tolist()"),
        "the worst baseline is the best": ("return max(baselines, key=lambda name: sign * baselines[name][headline])", "return min(baselines, key=lambda name: sign * baselines[name][headline])"),
        "the verdict is over the best baseline alone": ('"baseline": {**over_best, "verdict": total},', '"baseline": over_best,', "evaluation/test_scored_systems.py"),
        "the gain over untrained is that over the best baseline": ('"untrained": each[best_prompted],', '"untrained": over_best,'),
        "clean and leaked are exchanged": ('(("clean", False), ("leaked", True))', '(("leaked", False), ("clean", True))'),
        "the seed does not decide corpus metrics": ("scoring.corpus_metrics(test_rows, given, seed)", "scoring.corpus_metrics(test_rows, given, 0)"),
        "the seed does not decide paired tests": ('scoring.paired(test_rows, systems["tuned"], systems[other], seed)', 'scoring.paired(test_rows, systems["tuned"], systems[other], 0)'),
        "the seed does not decide slices": ("metrics[scoring.HEADLINE], seed, constant", "metrics[scoring.HEADLINE], 0, constant"),
        "the fitted settings are of the test rows": ('fitted = scoring.fit(split["train"])', "fitted = scoring.fit(test_rows)"),
    }),
    *faults_in("pipeline_lib/evaluation/validation_figures.py", "evaluation/test_validation_figures.py evaluation/test_score_run.py", {
        "validation figures have no threshold": ("given = scoring.apply_threshold(validation, answers, answers)", "given = list(answers)"),
        "validation figures have no loss": ('LIKELIHOOD = ("loss", "perplexity")', 'LIKELIHOOD = ("perplexity",)'),
    }),
    *faults_in("pipeline_lib/evaluation/metrics_summary.py", "evaluation/test_metrics_summary.py", {
        "a validation figure is that of test rows": ('f"validation_{name}": validation.get(name)', 'f"validation_{name}": tuned.get(name)'),
        "summary.json has nulls": ("if value is not None", "if True"),
    }),
    *faults_in("pipeline_lib/evaluation/baselines.py", "evaluation/test_baselines.py", {
        "minimum_bayes_risk has the worst width": ("width = max(WIDTHS, key=", "width = min(WIDTHS, key="),
        "minimum_bayes_risk sees the row itself": ("tuning := known[:TUNING_ROWS],", 'tuning := [{**row, "group": ""} for row in known[:TUNING_ROWS]],'),
        "near rows weigh no more than others": ("np.exp((cosines - cosines[:, :1]) / width)", "np.ones_like(cosines)"),
        "lead copies the fewest sentences": ("k = max(range(1, SENTENCES + 1), key=mean)", "k = 1"),
        "the rarest target is the majority": (".most_common(1)[0]", ".most_common()[-1]"),
        "a reply has its own speaker": ('turn_line({"speaker": row["speaker"], "text": split_label(line)[1]})', "line"),
        "the worst sentence is the best": ("rank_sentences(parts, row[\"question\"])[0]]", "rank_sentences(parts, row[\"question\"])[-1]]", "tasks/test_qa_scoring.py"),
        "the least probable label is the answer": ("[max(given, key=given.__getitem__) for given in probabilities]", "[min(given, key=given.__getitem__) for given in probabilities]"),
    }),
    *faults_in("pipeline_lib/evaluation/run_comparison.py", "evaluation/test_run_comparison.py stages/test_compare_runs.py", {
        "tokens differ where all differ": ('(rows_a["tokens"] != rows_b["tokens"]).any()', '(rows_a["tokens"] != rows_b["tokens"]).all()'),
        "B is subtracted from A": ("gain(after, before, metric.value", "gain(before, after, metric.value"),
        "the seed does not decide a comparison": ("metric.better, groups, seed)", "metric.better, groups, 0)"),
        "no row has lost": ("    return up, down\n", "    return up, []\n"),
        "rows of B are in their own order": ("rows_a, rows_b = a.rows, b.rows.reindex(a.rows.index)", "rows_a, rows_b = a.rows, b.rows"),
        "runs of other test rows are compared": ("    if a.test_rows != b.test_rows:\n", "    if False:\n"),
        "metrics of another meaning are compared": ('DEFINING = ("columns", "better", "meaning")', 'DEFINING = ("columns", "better")'),
        "groups of A and B may differ": ("if (groups[0] != groups[1]).any():", "if False:"),
        "a comparison is tested over rows": ('groups = list(rows_a["group"])', "groups = list(rows_a.index)"),
    }),
    *faults_in("pipeline_lib/evaluation/predictions.py", "evaluation/test_predictions.py", {
        "an answer is another row's": ('return [by_id[row["id"]] for row in examples]', "return rows"),
        "an answer may be missing": ('        "missing": [name for name in targets if name not in counts],\n', ""),
        "a log-likelihood above 0 is accepted": ('not _is_number(row["logp"]) or row["logp"] > 0:', 'not _is_number(row["logp"]):'),
    }),
    *faults_in("pipeline_lib/evaluation/model_selection.py", "evaluation/test_model_selection.py stages/test_select_setting.py", {
        "the worst setting is chosen": ('sign = -1.0 if better == "higher" else 1.0', 'sign = 1.0 if better == "higher" else -1.0'),
        "of equal settings the higher loss is chosen": ("round(loss, DIGITS)", "-round(loss, DIGITS)"),
        "of equal settings the last one is chosen": ("sorted(range(len(figures)), key=key)", "sorted(reversed(range(len(figures))), key=key)"),
    }),
    *faults_in("pipeline_lib/evaluation/forgetting.py", "evaluation/test_forgetting.py", {
        "untrained is tested against tuned": ("mcnemar(right[1], right[0], ids, seed)", "mcnemar(right[0], right[1], ids, seed)"),
        "an empty answer is an answer": ("not is_refusal(answer) and bool(answer.strip())", "not is_refusal(answer)"),
    }),
    *faults_in("pipeline_lib/evaluation/overfitting.py", "evaluation/test_overfitting.py", {
        "long and short steps weigh the same": ('sum(float(row["loss"]) * int(row["targets"]) for row in steps) / targets', 'sum(float(row["loss"]) for row in steps) / len(steps)'),
    }),
    *faults_in("pipeline_lib/evaluation/error_analysis.py", "evaluation/test_error_analysis.py", {
        "a rate is compared with that of all rows": ("others, other_errors = len(rows) - n, sum(wrong) - errors", "others, other_errors = len(rows), sum(wrong)"),
        "a suggestion follows from a few rows": ('table[name]["over_represented"] and table[name]["rows"] >= FEW', 'table[name]["over_represented"]'),
        "a doubtful answer is confident": ("CONFIDENT = 0.9 ", "CONFIDENT = 0.8 "),
    }),
    *faults_in("pipeline_lib/evaluation/human_review.py", "evaluation/test_human_review.py", {
        "A is always the tuned model's": ("        first = tuned_is_a(seed, name)\n", "        first = True\n"),
        "the seed does not decide which answer is A": ("json.dumps([seed, name])", "json.dumps([0, name])"),
        "choices of the other model are wins": ('float((choice == "A") == row.tuned_is_a)', 'float((choice == "A") != row.tuned_is_a)'),
        "a tie is the first choice": ('return "equal" if len(ranked) == 2 and ranked[0][1] == ranked[1][1] else ranked[0][0]', "return ranked[0][0]"),
        "a review of another run is tallied": ("        if run != sheet.run:\n", "        if False:\n"),
        "equal answers are left out of the win rate": ("if row.same or row.id in choices]", "if row.id in choices]"),
    }),
    *faults_in("pipeline_lib/evaluation/ngram_lm.py", "evaluation/test_ngram_lm.py", {
        "an unseen token has no smoothing": ("(follow[token] + len(follow) * found) / (total + len(follow))", "follow[token] / total"),
        "the most frequent token is the most likely": ("min(tried, key=lambda token: (-self.probability(token, history), token))", "max(tried, key=lambda token: (-self.probability(token, history), token))"),
    }),
    *faults_in("pipeline_lib/evaluation/fine_tuning_results.py", "stages/test_error_analysis.py evaluation/test_error_analysis.py", {
        "right rows are errors": ('        if row["label"] != row["predicted"]:\n            cells', '        if row["label"] == row["predicted"]:\n            cells'),
    }),
]

METRICS = [
    *faults_in("pipeline_lib/evaluation/metrics/finding_overlap.py", "evaluation/test_finding_overlap.py", {
        "denied findings count": ("if mention.polarity in (ASSERTED, UNCERTAIN)", "if mention.polarity"),
        "what is possible does not count": ("in (ASSERTED, UNCERTAIN)", "in (ASSERTED,)"),
        "a finding that is named again counts twice": ("if not any(mention.meets(other) for other in known):", "if known is not None:"),
        "one finding is shared with two": ("            left.remove(max(meeting, key=lambda other: other.sides == mention.sides))\n    return len(theirs) - len(left)", "            left = list(left)\n    return sum(any(mention.meets(other) for other in theirs) for mention in ours)"),
        "sides do not matter": ("mention._replace(sides=frozenset(side))", "mention._replace(sides=frozenset())"),
    }),
    *faults_in("pipeline_lib/evaluation/metrics/rouge.py", "evaluation/test_definitions.py", {
        "words of three letters are stemmed": ("_stem(word) if len(word) > 3 else word", "_stem(word) if len(word) > 2 else word"),
        "an underscore joins words": ('text_words(text.replace("_", " "))', "text_words(text)"),
        "ROUGE-L of many pairs is recall": ("np.divide(2 * common, total, out=", "np.divide(common, total / 2 + 1e-3, out="),
    }),
    *faults_in("pipeline_lib/evaluation/metrics/squad.py", "evaluation/test_squad.py", {
        "articles count": ('_ARTICLES.sub(" ", plain)', "plain"),
        "the worst gold answer counts": ("return max(_f1(words, answer.split()) for answer in _gold(answers))", "return min(_f1(words, answer.split()) for answer in _gold(answers))"),
        "a probability at the threshold declines": ("if no_answer[name] > threshold else figure", "if no_answer[name] >= threshold else figure"),
        "the last of equal thresholds is taken": ("        if now > best:\n", "        if now >= best:\n"),
    }),
    *faults_in("pipeline_lib/evaluation/metrics/bleu.py", "evaluation/test_bleu.py", {
        "short answers are not penalised": ("brevity = np.exp(np.minimum(0.0, ", "brevity = np.exp(0 * np.minimum(0.0, "),
        "orders without a match are not smoothed": ("0.5 ** np.cumsum(correct == 0, axis=0)", "1e-9"),
    }),
    *faults_in("pipeline_lib/evaluation/metrics/meteor.py", "evaluation/test_meteor.py", {
        "precision weighs as recall": ("ALPHA, BETA, GAMMA = 0.9,", "ALPHA, BETA, GAMMA = 0.5,"),
        "case counts": ('unicodedata.normalize("NFC", text.lower())', 'unicodedata.normalize("NFC", text)'),
    }),
    *faults_in("pipeline_lib/evaluation/metrics/classification.py", "evaluation/test_classification.py", {
        "false positives are false negatives": ("float(label != name == predicted)", "float(label == name != predicted)"),
        "weighted averages are plain": ('        if average == "macro":\n', "        if True:\n"),
        "ties do not count": ("(ranks[own] - stats.rankdata(scores[own])) / (~own).sum()", "(stats.rankdata(scores, 'min')[own] - stats.rankdata(scores[own], 'min')) / (~own).sum()"),
        "a bin has its lower end": ('np.searchsorted(_EDGES, confidence, side="left")', 'np.searchsorted(_EDGES, confidence, side="right")'),
        "confusion has rows and columns exchanged": ("table[label][guess] += 1", "table[guess][label] += 1"),
        "probabilities need not add up to 1": ("if abs(sum(given.values()) - 1) > TOLERANCE:", "if False:"),
        "McNemar's p is one-sided": ("Decimal(2 * total)", "Decimal(total)"),
    }),
    *faults_in("pipeline_lib/evaluation/metrics/clinical_consistency.py", "evaluation/test_uncertain_findings.py", {
        "an uncertain finding is asserted": ("if one.meets(mention) and one.polarity in (ASSERTED, DENIED)]", "if one.meets(mention)]"),
        "a denied finding has a side": ("for mention in found if mention.polarity != DENIED))", "for mention in found))", "evaluation/test_clinical_consistency.py"),
    }),
    *faults_in("pipeline_lib/evaluation/metrics/quantities.py", "evaluation/test_clinical_consistency.py", {
        "a centimetre is a millimetre": ('"cm|centimeters?|centimetres?": ("mm", "10")', '"cm|centimeters?|centimetres?": ("mm", "1")'),
        "list numerals are numbers": ("_without_numerals(_GRADE.sub(", "str(_GRADE.sub("),
    }),
    *faults_in("pipeline_lib/evaluation/metrics/replies.py", "evaluation/test_replies.py", {
        "pairs of words are repeated runs": ("REPEATED = 3 ", "REPEATED = 2 "),
        "a reply is compared with itself": ("texts[:at] + texts[at + 1 :]", "texts"),
    }),
    *faults_in("pipeline_lib/evaluation/metrics/refusals.py", "evaluation/test_refusals.py", {
        "a refusal at the end counts": ("for part in sentences[:SENTENCES])", "for part in sentences)"),
        "a quoted refusal counts": ('_QUOTED.sub("", folded)', "folded"),
    }),
    *faults_in("pipeline_lib/evaluation/metrics/choice_accuracy.py", "evaluation/test_choice_accuracy.py", {
        "acc_norm is acc": ('"acc_norm": normed.index(max(normed))', '"acc_norm": logp.index(max(logp))'),
        "the standard error is that of a population": ("for value in correct) / (count - 1))", "for value in correct) / count)"),
    }),
    *faults_in("pipeline_lib/evaluation/metrics/definitions.py", "evaluation/test_definitions.py", {
        "higher perplexity is better": ('np.exp, math.inf),\n        "lower"', 'np.exp, math.inf),\n        "higher"'),
        "bits are nats": ("Ratio((1 / math.log(2), 0), (0, 1), most=math.inf)", "Ratio((1, 0), (0, 1), most=math.inf)"),
    }),
]

WORDS = [
    *faults_in("pipeline_lib/words/corpus/documents.py", "words/test_documents.py", {
        "a word is counted once a sentence": ("repeats = np.repeat(np.array(list(texts.values()), dtype=np.int64), np.diff(ends))", "repeats = np.ones(len(spellings))"),
        "the rarest spelling is shown": ("shown = min(spellings)[1]", "shown = max(spellings)[1]"),
        "a word of just enough documents is left out": ("if documents_with[lexeme] >= min_documents:", "if documents_with[lexeme] > min_documents:"),
    }),
    *faults_in("pipeline_lib/words/corpus/vocabulary.py", "words/test_vocabulary.py", {
        "units are words": ("return not all(part in MEASURES for part in parts)", "return True"),
        "a comma joins a phrase": ("if lists[-1] and (not is_token or part in COORDINATORS):", "if lists[-1] and part in COORDINATORS:"),
    }),
    *faults_in("pipeline_lib/words/corpus/lexicon.py", "words/test_lexicon.py", {
        "back is a stop word": ("ENGLISH_STOP_WORDS - MEANINGFUL if", "ENGLISH_STOP_WORDS if"),
        "worse is no form of bad": ('    "worse": "bad",\n', ""),
    }),
    *faults_in("pipeline_lib/words/corpus/names.py", "words/test_names.py", {
        "a name beside a title is a word": ("if beside and beside >= BESIDE * total:", "if False:"),
        "Baker cyst names a person": ("if eponym >= EPONYM * total:", "if False:"),
    }),
    *faults_in("pipeline_lib/words/corpus/sentences.py", "words/test_sentences.py", {
        "a broken sentence is read": ("if len(sentence.phrases) not in (0, len(sentence.words)):", "if False:"),
    }),
    *faults_in("pipeline_lib/words/pairs/collocations.py", "words/test_collocations.py", {
        "one occurrence side by side is enough": ("MIN_ADJACENT = 2 ", "MIN_ADJACENT = 1 "),
        "words of two phrases are adjacent": (" & (phrase_of[1:] == phrase_of[:-1])", ""),
        "repeats of a sentence do not count": ("np.bincount(which, repeats[sentence_of[1:][adjacent]], len(keys))", "np.bincount(which, None, len(keys))"),
        "PMI is in nats": ("bits = np.log2(both) + np.log2(self.counts.sum()) - np.log2(single[left]) - np.log2(single[right])", "bits = np.log(both) + np.log(self.counts.sum()) - np.log(single[left]) - np.log(single[right])"),
        "rare pairs are collocates": ("chosen = (both > expected[0]) & (g2 >= SIGNIFICANT)", "chosen = g2 >= SIGNIFICANT"),
    }),
    *faults_in("pipeline_lib/words/pairs/mining.py", "words/test_mining.py", {
        "a compound and its part are a pair": ("parts = _positions(compounds(words), position)", "parts = _positions(compounds(words)[:0], position)"),
        "collocates are interchangeable": ("        earlier = np.concatenate([earlier, pairs])\n", ""),
        "forms of one word are a pair": ('for key in (("lemma", word.lemma), ("stem", word.stem)):', 'for key in (("lemma", word.word),):'),
    }),
    *faults_in("pipeline_lib/words/pairs/word_formation.py", "words/test_word_formation.py", {
        "four letters in common are enough": ("MIN_PREFIX, MIN_SHARE = 4, 0.6", "MIN_PREFIX, MIN_SHARE = 4, 0.1"),
        "any word ends another": ("MIN_END = 5 ", "MIN_END = 3 "),
        "any word begins another": ("MIN_WORD, MIN_PART = 3, 0.4", "MIN_WORD, MIN_PART = 3, 0.2"),
        "hyphenated words are opposites in any two parts": ("len(apart) == 1 and apart[0] in ANTONYMS", "any(pair in ANTONYMS for pair in apart)"),
        "words with a common beginning are not compared": ("yield part[:MIN_PREFIX]", "yield part"),
    }),
    *faults_in("pipeline_lib/words/pairs/nearest_pairs.py", "words/test_nearest_pairs.py", {
        "rounding loses pairs": ("margin = left_error + right_error * (1 + left_error)", "margin = 0.0"),
        "the lowest cosines come first": ("ranked = np.lexsort((right, left, -cosine))", "ranked = np.lexsort((right, left, cosine))"),
        "two groups make several pairs": ("kept = ranked[np.sort(first)[:top]]", "kept = ranked[:top]"),
    }),
    *faults_in("pipeline_lib/words/pairs/pair_table.py", "words/test_pair_table.py words/test_mining.py", {
        "a pickle is read": ("allow_pickle=False)\n    except", "allow_pickle=True)\n    except"),
        "a vector of zeros is accepted": ("np.isfinite(lengths) & (lengths > 0)", "np.isfinite(lengths)"),
    }),
    *faults_in("pipeline_lib/words/vectors/context_vectors.py", "words/test_context_vectors.py", {
        "a word is its first token": (".mean(axis=0, dtype=np.float64)", "[0]"),
        "the first sentences are read": ("numbers[(2 * step + 1) * len(numbers) // (2 * take)]", "numbers[step]"),
        "a sentence is cut after four tokens": ("limit = min(MAX_TOKENS, context_length(model, tokenizer)) - len(first)", "limit = 4"),
    }),
    *faults_in("pipeline_lib/words/vectors/cooccurrence.py", "words/test_cooccurrence.py", {
        "the window is a word narrower": ("min(window, max(lengths, default=1) - 1) + 1)", "min(window, max(lengths, default=1) - 1))"),
        "context counts are not smoothed": (", counts.shape[1]) ** SMOOTHING", ", counts.shape[1])"),
        "words of two sentences are beside each other": ("np.flatnonzero(sentence_of[:-distance] == sentence_of[distance:])", "np.arange(len(rows) - distance)"),
    }),
    *faults_in("pipeline_lib/words/vectors/isotropy.py", "words/test_isotropy.py", {
        "the mean is not subtracted": ("centred = unit - unit.mean(axis=0)", "centred = unit"),
        "whitening keeps the variance": ("unit_length(left[:, varying])", "unit_length((left * singular)[:, varying])"),
    }),
    *faults_in("pipeline_lib/words/vectors/occurrences.py", "words/test_occurrences.py", {
        "a word is found twice at one place": ("                    first = number + 1\n", ""),
    }),
    *faults_in("pipeline_lib/words/vectors/similarity_benchmarks.py", "words/test_similarity_benchmarks.py", {
        "the seed does not decide the resamples": ("random = np.random.default_rng(seed)", "random = np.random.default_rng(0)"),
        "pairs outside the vocabulary count as the same": ("            outside += 1\n", "            same += 1\n"),
    }),
]

TASKS = [
    *faults_in("pipeline_lib/tasks/qa/scoring.py", "tasks/test_qa_scoring.py", {
        "the best figure is taken for the threshold": ("    _, threshold = best_threshold(", "    threshold, _ = best_threshold("),
        "a log-probability is taken for a probability": ('return math.exp(answer["no_answer"])', 'return -answer["no_answer"] / 10'),
        "a threshold rejects below it": ("_no_answer(row) > threshold}", "_no_answer(row) < threshold}"),
        "unanswerable questions are answerable": ('"no": 1 - has}', '"no": has}'),
    }),
    *faults_in("pipeline_lib/tasks/qa/data.py", "tasks/test_qa.py", {
        "questions about one article are in two groups": ("        if title:\n", "        if False:\n"),
        "a wrong offset stays": ("return min(places, key=lambda place: abs(place - given), default=-1)", "return given"),
        "an answer that contradicts is_impossible is read": ("if impossible is not None and impossible == bool(answers):", "if False:"),
    }),
    *faults_in("pipeline_lib/tasks/company/data.py", "tasks/test_company_data.py tasks/test_company.py", {
        "equal questions are in two groups": ('if (question := _key(row["source"])) in whole:', 'if (question := row["id"]) in whole:'),
        "prompt and completion are exchanged": ('asked, answer = "\\n\\n".join(filter(None, question)), cells.text(needed[1])', 'answer, asked = "\\n\\n".join(filter(None, question)), cells.text(needed[1])'),
        "a duplicate is no fault": ("        if key in seen:\n", "        if False:\n"),
    }),
    *faults_in("pipeline_lib/tasks/company/prompt.py", "tasks/test_company.py tasks/test_company_data.py", {
        "the system text is left out": ('lines = [lead, ""] if lead else []', "lines = []", "tasks/test_company.py tasks/test_conversation_shapes.py tasks/test_company_data.py"),
    }),
    *faults_in("pipeline_lib/tasks/dialogue/data.py", "tasks/test_dialogue.py", {
        "every speaker is learnt": ('and train_on in (ALL, turn["speaker"])', "and True"),
        "a system text is learnt": ('return "system" not in turn and turn.get', "return turn.get", "tasks/test_conversation_shapes.py"),
        "the first turns are asked": ("selected += [turns[len(turns) - 1 - at * len(turns) // count] for at in reversed(range(count))]", "selected += turns[:count]"),
    }),
    *faults_in("pipeline_lib/tasks/dialogue/scoring.py", "tasks/test_dialogue_scoring.py", {
        "a speaker's label is part of a reply": ("speaker, reply = split_label(answer[\"prediction\"])", "speaker, reply = split_label(answer[\"prediction\"])[0], answer[\"prediction\"]"),
        "the right speaker is the one before": ('float(speaker == example["speaker"])', 'float(speaker == example["turns"][-1]["speaker"])'),
    }),
    *faults_in("pipeline_lib/tasks/sentiment/data.py", "tasks/test_sentiment.py", {
        "numbers are labels": ("    if unknown:\n", "    if False:\n"),
        "equal texts are in two groups": ('"group": first.setdefault(" ".join(words(row["text"])), str(number)),', '"group": str(number),'),
    }),
    *faults_in("pipeline_lib/tasks/sentiment/scoring.py", "tasks/test_sentiment_scoring.py", {
        "the confidence is that of the right label": ('row["probabilities"][row["prediction"]] for row in given]', 'row["probabilities"][label] for row, label in zip(given, truth)]'),
        "tuned is tested against itself": ("mcnemar(_right(examples, ours), _right(examples, theirs), groups, seed)", "mcnemar(_right(examples, ours), _right(examples, ours), groups, seed)"),
    }),
    *faults_in("pipeline_lib/tasks/impression/data.py", "tasks/test_impression.py", {
        "equal reports are in two groups": ('group = first.setdefault(normalised(row["observation"]), str(number))', "group = str(number)", "tasks/test_impression.py stages/test_split.py"),
        "PET/CT is CT": (r'    "pet": r"\bpet\b",' + "\n", ""),
    }),
    *faults_in("pipeline_lib/tasks/impression/scoring.py", "evaluation/test_score_table.py", {
        "a denial of one finding makes an impression normal": ("plain = all(_NORMAL.search(", "plain = any(_NORMAL.search("),
        "numbers of the title are unsupported": ('(example.get("title"), example.get("history"), example["source"])', '(example["source"],)', "evaluation/test_score_table.py evaluation/test_uncertain_findings.py"),
    }),
]

PARAMS = [
    *faults_in("pipeline_lib/training/settings.py", "test_params.py::test_a_mistake_is_named_with_its_remedy", {
        "patience may be 0": ("        example=2,\n        least=1,\n", "        example=2,\n        least=0,\n"),
        "lr may be 0": ("example=0.0002, above=0, most=1", "example=0.0002, least=0, most=1"),
        "epochs may be 0": ('"epochs", example=3, least=1, most=1000', '"epochs", example=3, least=0, most=1000'),
    }),
    *faults_in("pipeline_lib/data/settings.py", "test_params.py::test_a_mistake_is_named_with_its_remedy", {
        "there may be no test rows": ('"rows, or dialogues", example=30, least=1)', '"rows, or dialogues", example=30, least=0)'),
        "there may be no training rows": ('"rows, or dialogues", example=300, least=1)', '"rows, or dialogues", example=300, least=0)'),
    }),
    *faults_in("pipeline_lib/inference/settings.py", "test_params.py::test_a_mistake_is_named_with_its_remedy", {
        "top_p may be 0": ("        above=0,\n        most=1,\n", "        least=0,\n        most=1,\n"),
        "an answer may have no token": ("Annotated[int, Field(ge=1, le=8192)]", "Annotated[int, Field(ge=0, le=8192)]"),
    }),
    *faults_in("pipeline_lib/core/settings.py", "test_params.py", {
        "an unknown key is ignored": ('extra="forbid"', 'extra="ignore"'),
        "text becomes a number": ("ConfigDict(strict=True,", "ConfigDict(strict=False,"),
        "infinity is a number": (", allow_inf_nan=False)", ")"),
        "a day may be 2026-1-5 or 20260105": ("if datetime.date.fromisoformat(text).isoformat() != text:", "if not datetime.date.fromisoformat(text):"),
    }),
    *faults_in("pipeline_lib/params.py", "test_params.py", {
        "a row of the grid does not replace the top level": ("        content |= grid[row]\n", "        content = grid[row] | content\n"),
        "a group's values are its defaults": ("filled[key] = given.get(key, field.default)", "filled[key] = field.default"),
        "the last fault is told": ("first = min(faults, key=lambda", "first = max(faults, key=lambda"),
        "a stage gets all settings": ("    picked = {}\n", "    picked = dict(content)\n"),
        "an old name is unknown": ('    "clip": "max_grad_norm",\n', ""),
    }),
]

REPORT = [
    *faults_in("pipeline_lib/report/planned.py", "report/test_planned.py", {
        "the time of validation counts as that of steps": ("steps / (steps + tokens[\"validation\"])", "1"),
        "planned tokens are those of one epoch": ('tokens["train"] * expected["epochs"]', 'tokens["train"]'),
        "another setting than planned is not named": ("return names + [", "return []; names + ["),
        "a length that was auto is another setting": ("if value != AUTO and", "if"),
        "any JSON is a plan": ("if all(isinstance(figure, int | float) for figure in figures):", "if True:"),
    }),
    *faults_in("pipeline_lib/report/seeds_verdict.py", "report/test_seeds_verdict.py", {
        "seeds of other test rows count": ('if found["test_rows"] != definitions["test_rows"]:', "if False:"),
        "seeds of other training rows count": ('elif found.get("train_rows") != definitions.get("train_rows"):', "elif False:"),
        "seeds of another setting count": ("if own.get(name) != theirs.get(name)]", "if False]"),
        "another micro-batch is another setting": ("if name not in ROUNDING]", "if name]"),
    }),
    *faults_in("pipeline_lib/report/verdict.py", "report/test_verdict.py report/test_report.py", {
        "a difference below is above": ("'above' if difference > 0 else 'below'", "'above' if difference < 0 else 'below'"),
        "an interval around zero is no chance": ("        if low <= 0 <= high:\n", "        if False:\n"),
        "the gain over untrained is that over the baseline": ('name, gain = scores["headline"], scores["gain"]["untrained"]', 'name, gain = scores["headline"], scores["gain"]["baseline"]'),
        "a share is ten times as large": ('return f"{share:.1%}" if', 'return f"{share * 10:.1%}" if', "report/test_verdict.py report/test_report.py report/test_classifier_report.py"),
    }),
    *faults_in("pipeline_lib/report/advice.py", "report/test_advice.py", {
        "the rows needed grow with the difference": ("rows * (smallest_detectable / difference) ** 2", "rows * (smallest_detectable / difference)"),
        "the best slices are the losing ones": ("[part for part in run.slices if sign * part.difference > 0", "[part for part in run.slices if sign * part.difference < 0"),
        "leaks are not told": ("sum(row.leaked for row in run.rows)", "0"),
    }),
    *faults_in("pipeline_lib/report/training_advice.py", "report/test_advice.py", {
        "a loss that rises is falling": ("losses[-1] != min(losses) or", "losses[-1] == min(losses) or"),
        "a slight rise is told": ("losses[-1] < min(losses) * (1 + SAME)", "losses[-1] < min(losses)"),
        "the last epoch is the kept one": ("if kept is None else validation[kept]", "if kept is None else validation[-1]"),
    }),
    *faults_in("pipeline_lib/report/length_advice.py", "report/test_length_advice.py", {
        "a reference of just as many tokens is longer": ("sum(row.tokens > limit for row in run.rows)", "sum(row.tokens >= limit for row in run.rows)"),
    }),
    *faults_in("pipeline_lib/report/results.py", "report/test_report.py report/test_classifier_report.py", {
        "files of two runs are one": ('if len(rows) != scores["n"]:', "if False:"),
        "results of other scores are shown": ('if results["scores"] != scores:', "if False:"),
    }),
    *faults_in("pipeline_lib/report/row_details.py", "report/test_report.py report/test_classifier_report.py", {
        "the best rows come first": ("key=lambda row: (row.gain, -row.mistake if labels else 0.0))", "key=lambda row: (-row.gain, -row.mistake if labels else 0.0))"),
        "the gain is the baseline's": ('(scores["tuned"] - scores[best])', '(scores[best] - scores["tuned"])'),
    }),
    *faults_in("pipeline_lib/report/score_tables.py", "report/test_report.py report/test_classifier_report.py", {
        "every baseline is the best": ('"best" if name == best else "baseline", figures)', '"best", figures)'),
        "untrained has the figures of tuned": ('"untrained", run.scores["untrained"]),', '"untrained", run.scores["tuned"]),'),
    }),
    *faults_in("pipeline_lib/report/training_history.py", "report/test_report.py", {
        "memory is the sum of the steps": ('max(measured["memory_gb"], default=0.0)', 'sum(measured["memory_gb"])'),
    }),
    *faults_in("pipeline_lib/report/forgetting_section.py", "report/test_report.py", {
        "a worse model is better": ('"the tuned model is worse" if test["difference"] < 0', '"the tuned model is worse" if test["difference"] > 0'),
    }),
    *faults_in("pipeline_lib/report/settings_table.py", "report/test_settings_table.py", {
        "a column without figures is shown": (" if any(cell.value for cell in cells)]", "]"),
        "params that all rows of a grid share are named": ("len({row.get(key) for row in settings.values()}) > 1", "True"),
    }),
    *faults_in("pipeline_lib/report/classifier_section.py", "report/test_classifier_report.py", {
        "won and lost rows are exchanged": ('ours, theirs = test["ours_only"], test["theirs_only"]', 'theirs, ours = test["ours_only"], test["theirs_only"]'),
    }),
    *faults_in("pipeline_lib/report/charts.py", "report/test_report.py", {
        "losses are drawn upside down": ("round(100 - up.place(loss), 2)", "round(up.place(loss), 2)"),
        "a mark is at its low end": ("        scale.place(value),\n", "        scale.place(value if low is None else low),\n"),
    }),
    *faults_in("pipeline_lib/report/figures/verdict_chart.py", "report/test_verdict_chart.py", {
        "the line is at tuned": ('scores["baselines"][scores["best_baseline"]["name"]][scores["headline"]]', 'scores["tuned"][scores["headline"]]'),
        "names are markup": ("{escape(row.name)}", "{row.name}"),
    }),
    *faults_in("pipeline_lib/report/compared_systems.py", "report/test_verdict_chart.py report/test_system_figures.py", {
        "the worst is on top": ("sign = -1 if", "sign = 1 if"),
        "systems go by their keys": ("name=chart_name(definitions, key, untrained)", "name=key"),
    }),
    *faults_in("pipeline_lib/report/figures/systems.py", "report/test_system_figures.py", {
        "a worse kind of row looks like the rest": ('clear = row.verdict != "no clear difference"', 'clear = row.verdict == "better"'),
        "the sides are those of another metric": ('if better == "higher" else ("better", "worse")', 'if better == "lower" else ("better", "worse")'),
        "a long name is drawn over the plot": ("wrapped(row.value, _KINDS - 12, PLAIN, most=3)", "[row.value]"),
    }),
    *faults_in("pipeline_lib/report/figures/loss.py", "report/test_loss_figure.py", {
        "the figure marks the last epoch as the kept one": ("next((entry for entry in validation if entry.kept), min", "next((entry for entry in validation[-1:]), min"),
        "the names of two lines overlap": ("if len(places) == 2 and places[1] - places[0] < gap:", "if False:"),
        "the axis starts at the lowest loss": ("axes.set_ylim(0, ", "axes.set_ylim(0.1, "),
    }),
    *faults_in("pipeline_lib/report/figures/calibration.py", "report/test_label_figures.py", {
        "a bin without rows is a point at 0": ('for one in _bins(truth, labels, system) if one["rows"]]', 'for one in ({**b, "confidence": b["confidence"] or 0.0, "accuracy": b["accuracy"] or 0.0, "rows": max(1, b["rows"])} for b in _bins(truth, labels, system))]'),
    }),
    *faults_in("pipeline_lib/report/figures/shades.py", "report/test_text_size.py report/test_label_figures.py", {
        "numbers on dark cells are black": ('return "white" if', 'return "black" if'),
    }),
    *faults_in("pipeline_lib/report/figures/settings_compared.py", "report/test_label_figures.py", {
        "a setting that is not chosen has the colour of the chosen one": ("TUNED if one.chosen else BASELINE", "TUNED"),
    }),
    *faults_in("pipeline_lib/report/row_faults.py", "report/test_row_faults.py", {
        "a right refusal is a fault": ('not row.numbers.get("exact_no", 1.0)', 'row.numbers.get("exact_no", 1.0)'),
        "known targets are told where score found none": ("(row.known and known)", "row.known"),
        "the mildest come first": ("key=lambda row: (-weights[row.id], row.gain)", "key=lambda row: (weights[row.id], row.gain)"),
        "a missed finding is not marked": ('> row.numbers.get("shared_findings", 0.0)', '> row.numbers.get("reference_findings", 0.0)'),
    }),
    *faults_in("pipeline_lib/report/word_marks.py", "report/test_word_marks.py", {
        "case makes a difference": ("text[start:end].casefold()", "text[start:end]"),
        "the rest is lost": ("return text[:cut], text[cut:]", 'return text[:cut], text[cut + 1 :]'),
    }),
    *faults_in("pipeline_lib/report/figures/roc.py", "report/test_label_figures.py", {
        "the curve is of the first label": ("[(1, labels[1])] if len(labels) == 2", "[(0, labels[0])] if len(labels) == 2"),
        "the mean curve has one end of a step": ("np.column_stack([lower, upper])", "np.column_stack([upper, upper])"),
    }),
    *faults_in("pipeline_lib/report/offline_page.py", "report/test_report.py report/test_pair_comparison.py", {
        "a script may end in data": ('encoded.replace("<", "\\\\u003c")', "encoded"),
        "text of a row is markup": ("autoescape=True,", "autoescape=False,"),
    }),
    *faults_in("pipeline_lib/report/wording.py", "report/test_wording.py", {
        "a baseline's name is said twice": ("    if rest != meaning:\n", "    if False:\n"),
    }),
    *faults_in("pipeline_lib/report/word_clusters.py", "report/test_word_clusters.py", {
        "a word that all clusters are near to names one": ("own[at] / every[at] * math", "own[at] * math"),
        "rare words name a cluster": (" * math.log1p(words[at].documents)", ""),
    }),
    *faults_in("pipeline_lib/report/explorer/excerpts.py", "report/test_excerpts.py", {
        "the rarest sentences are shown": ("sorted(found, reverse=True)]", "sorted(found)]"),
    }),
]

PREDICTION = [
    *faults_in("pipeline_lib/prediction/language_model.py", "prediction/test_tasks.py", {
        "an answer may be a token only": ('max_new_tokens or identity.get("answer_tokens", 0)', "1"),
        "similar rows are not shown": ('self.settings["prompt"]["few_shot"])', "0)"),
        "the least likely label is the answer": ("label = max(shares, key=shares.__getitem__)", "label = min(shares, key=shares.__getitem__)"),
    }),
    *faults_in("pipeline_lib/prediction/answer_files.py", "prediction/test_tasks.py", {
        "an answer may be a formula": ("return guarded(value) if ours else value", "return value"),
        "a column of the user is overwritten": ('key if find_header(key, taken) is None else f"predicted_{key}"', "key"),
    }),
    *faults_in("pipeline_lib/prediction/input_rows.py", "prediction/test_tasks.py", {
        "a row without an input is answered": ("    if empty:\n", "    if False:\n"),
    }),
    *faults_in("pipeline_lib/prediction/answer_scores.py", "prediction/test_tasks.py", {
        "rows without an answer are scored": ('zip(examples, answers, strict=True) if row["target"]]', "zip(examples, answers, strict=True)]"),
    }),
    *faults_in("pipeline_lib/prediction/sentiment_analyzer.py", "prediction/test_sentiment_analyzer.py", {
        "spaces around a text are read": ("[text.strip() for text in texts]", "list(texts)"),
        "the least probable label is given": ("label = max(by_label, key=by_label.__getitem__)", "label = min(by_label, key=by_label.__getitem__)"),
    }),
]

EXPORT = [
    *faults_in("pipeline_lib/export/merging.py", "stages/test_export.py", {
        "a merged model does not stop": ("generation.eos_token_id = [*stops, eos_id]", "pass"),
        "an export of other weights has the same hash": ("[self.base.sha256, *files]", "[self.base.sha256]", "export/test_llama_cpp.py"),
    }),
    *faults_in("pipeline_lib/export/gguf_tokens.py", "export/test_gguf.py", {
        "special tokens are ordinary": ("TokenType.CONTROL if added.special else TokenType.USER_DEFINED", "TokenType.USER_DEFINED"),
        "a tokenizer that splits in its own way is written": ("    if plain and not ignore_merges and last[\"use_regex\"]:\n        if not before:", "    if True:\n        if True:"),
    }),
    *faults_in("pipeline_lib/export/modelfile.py", "export/test_ollama.py", {
        "no token stops an answer": ('        f"PARAMETER stop {_quoted(stop)}",\n', ""),
    }),
]

PLANNING = [
    *faults_in("pipeline_lib/planning/planned_memory.py", "planning/test_memory_trace.py", {
        "the optimizer keeps one number a weight": ('"optimizer": 2 * trained', '"optimizer": trained'),
        "the cache has keys alone": ("return 2 * text.num_hidden_layers", "return text.num_hidden_layers"),
        "a run with little alive keeps little": ("max(share * alive, least, of_shape * shapes)", "share * alive"),
    }),
    *faults_in("pipeline_lib/planning/planned_rows.py", "planning/test_memory_trace.py", {
        "a micro-batch has one shape": ("(chunk[part::parts] for chunk", "(chunk for chunk"),
    }),
    *faults_in("pipeline_lib/planning/memory_trace.py", "planning/test_memory_trace.py", {
        "what was freed still counts": ("            self.now -= size", "            pass"),
    }),
    *faults_in("pipeline_lib/planning/duration.py", "planning/test_memory_trace.py", {
        "the first step tells the time": ("counted = steps[1:] or steps", "counted = steps"),
    }),
]

PREVIEW = [
    *faults_in("pipeline_lib/preview/guess.py", "preview/test_guess.py", {
        "a column of labels holds texts": ("return 2 <= len(values) <= MOST_LABELS and", "return 0 <= len(values) < 1 and"),
        "1 is negative": ('words = {value: yes if value in ("1", "true") else no for value in numbers}', 'words = {value: no if value in ("1", "true") else yes for value in numbers}'),
    }),
    *faults_in("pipeline_lib/preview/split_sizes.py", "preview/test_guess.py", {
        "most rows are tested": ("max(LEAST_TEST, groups // 5)", "max(LEAST_TEST, groups // 2)"),
    }),
    *faults_in("pipeline_lib/preview/detectable.py", "preview/test_detectable.py", {
        "the smallest difference is one standard error": ("smallest = smallest_by_normal(error, groups) if", "smallest = error if"),
        "the worst baseline is compared with": ("return max(totals, key=lambda name: totals[name])", "return min(totals, key=lambda name: totals[name])"),
        "groups are taken for rows": ('units = [list(table["group"]), list(table["id"])]', 'units = [list(table["id"])]'),
    }),
    *faults_in("pipeline_lib/preview/row_view.py", "preview/test_row_view.py", {
        "learnt and read are exchanged": ("start in learnt, ids[start] in special)", "start not in learnt, ids[start] in special)"),
    }),
]

PUBLISHING = [
    *faults_in("pipeline_lib/publishing/model_files.py", "publishing/test_publish.py", {
        "files that quote rows are published": ('if doubtful and rows == "refuse":', "if False:"),
        "a path of this machine is published": ("    if bad:\n", "    if False:\n"),
        "the card of another model is published": ('if identity["sha256"] not in text:', "if False:"),
    }),
    *faults_in("pipeline_lib/publishing/hub_upload.py", "publishing/test_publish.py", {
        "a new repository is public": ("api.create_repo(repo, private=not public)", "api.create_repo(repo, private=False)"),
        "the token is told": ('line = _line(repo, cause, state).replace(token, "(token)")', "line = _line(repo, cause, state)"),
        "a public repository is written to unasked": ("if not is_private and not public:", "if False:"),
    }),
]

STUDY = [
    *faults_in("pipeline_lib/study/study_figure.py", "stages/test_study.py", {
        "systems in the picture of a study go by their keys": ('[study["names"][name] + ', "[name + "),
    }),
    *faults_in("pipeline_lib/study/ledger.py", "study/test_ledger.py", {
        "a p is not adjusted": ("(max(family, len(ps)) - rank) * ps[place]", "ps[place]"),
        "every p counts as often": ("max(family, len(ps)) - rank)", "max(family, len(ps)))"),
        "a result counts once a commit": ("            found.setdefault(key)\n", "            found.setdefault(key + commit)\n"),
        "other test rows count": ("if given in seen or test_rows.encode() not in given[1]:", "if given in seen:"),
        "the order of rows makes another result": ("pairs = sorted(zip(run.rows.index.map(str), rows.round(6).tolist(), strict=True))", "pairs = list(zip(run.rows.index.map(str), rows.round(6).tolist(), strict=True))"),
    }),
    *faults_in("pipeline_lib/study/git_objects.py", "study/test_ledger.py study/test_experiments.py", {
        "a branch that was merged away is no look": ('"--full-history", ', ""),
        "experiments are no looks": ('"log", "--all", ', '"log", "--branches", '),
        "the newest look is the first": ('"--reverse", ', ""),
    }),
    *faults_in("pipeline_lib/study/two_level.py", "study/test_two_level.py", {
        "seeds are as many rows": ("    total = over_rows + over_seeds\n", "    total = over_rows\n"),
        "an interval is narrower than that of rows": ("low, high = min(mean - half_width, rows.low), max(mean + half_width, rows.high)", "low, high = mean - half_width, mean + half_width"),
        "few seeds have a normal interval": ("half_width = float(stats.t.isf((1 - LEVEL) / 2, freedom)) * error\n    low", "half_width = 1.96 * error\n    low"),
        "groups of rows are taken for rows": ("places = pd.factorize(np.array(groups))[0]", "places = np.arange(len(groups))"),
    }),
    *faults_in("pipeline_lib/study/settings_question.py", "study/test_settings_question.py", {
        "the worst validation figure is chosen": ("for row in rows], design.metric.better)", 'for row in rows], "lower")'),
        "a tie is lost by the lower loss": ('row["validation_loss"]) for row', "None) for row"),
        "the looks are not counted": ("family = max(1, len(ledger.results) - 1)", "family = 1"),
        "seeds are not paired": ("return ([one for one, _ in pairs], [other for _, other in pairs]) if pairs else ([], [])", "return [], []"),
    }),
    *faults_in("pipeline_lib/study/seeds_question.py", "study/test_seeds_and_sizes.py", {
        "two seeds are enough": ("if len(cell.runs) >= LEAST_SEEDS]", "if len(cell.runs) >= 2]"),
        "the spread is that of all seeds there are": ("values.std(ddof=1)", "values.std()"),
    }),
    *faults_in("pipeline_lib/study/sizes_question.py", "study/test_seeds_and_sizes.py", {
        "the first step is tested": ("smaller, larger = cells[-2], cells[-1]", "smaller, larger = cells[0], cells[1]"),
        "a curve is in the order of the runs": ("cells = sorted(cells, key=lambda cell: cell.size)", "cells = list(cells)"),
    }),
    *faults_in("pipeline_lib/study/study_runs.py", "study/test_study_runs.py", {
        "runs of other test rows are studied": ("run.run.test_rows[:8]}", "0}"),
        "a run that repeats another counts": ("            repeats.append((run.name, same.name))\n            continue\n", "            repeats.append((run.name, same.name))\n"),
    }),
    *faults_in("pipeline_lib/study/experiments.py", "study/test_experiments.py", {
        "experiments of every commit are read": ("here = [one for one in finished if one.baseline == head]\n        return", "here = list(finished)\n        return"),
    }),
]
STAGES = [
    *faults_in("stages/compare_runs.py", "stages/test_compare_runs.py", {
        "--seed is ignored": ("with_names(b, names), args.system, args.seed, args.rows)", "with_names(b, names), args.system, 0, args.rows)"),
        "--fail-if-worse fails where it is better": ('if args.fail_if_worse and headline["verdict"] == "worse":', 'if args.fail_if_worse and headline["verdict"] == "better":'),
    }),
    *faults_in("stages/score.py", "evaluation/test_score_table.py", {
        "validation rows are scored": ('for part in ("test", "validation")}\n    meanings', 'for part in ("validation", "test")}\n    split["test"] = split["validation"]\n    answers["test"] = answers["validation"]\n    meanings'),
        "the seed of the params file is ignored": ('settings, params["seed"])', "settings, 0)"),
    }),
    *faults_in("stages/baselines.py", "evaluation/test_baselines.py", {
        "baselines are fitted to test rows": ("answer_baseline(name, train, rows, score)", "answer_baseline(name, rows, rows, score)"),
        "test rows get the answers to validation rows": ("            start += len(part_rows)\n", ""),
    }),
    *faults_in("stages/select_setting.py", "stages/test_select_setting.py", {
        "the setting is chosen on test rows": ('validation = read_split_rows(args.data / "validation.jsonl")', 'validation = read_split_rows(args.data / "test.jsonl")'),
        "the first setting is chosen": ("    settings = dict(list(settings.items())[place] for place in order)\n", ""),
    }),
    *faults_in("stages/classify.py", "stages/test_classify.py", {
        "the untrained encoder learns from the rows it labels": ('label_probabilities(features[: len(train)], [row["target"] for row in train], features[len(train) :])', 'label_probabilities(features, [row["target"] for row in [*train, *rows]], features[len(train) :])'),
        "the least probable label is written": ("prediction = max(probabilities, key=probabilities.__getitem__)", "prediction = min(probabilities, key=probabilities.__getitem__)"),
    }),
    *faults_in("stages/classify_lm.py", "stages/test_classify_lm.py", {
        "few-shot examples are of the test rows": ('with_few_shot(rows, train, prompt["few_shot"])', 'with_few_shot(rows, rows, prompt["few_shot"])'),
    }),
    *faults_in("stages/generate.py", "stages/test_finetune.py", {
        "the untrained model answers for the tuned one": ("load_model(encoder.base, args.tuned, dtype,", "load_model(encoder.base, None, dtype,"),
    }),
    *faults_in("stages/finetune_classifier.py", "stages/test_finetune_classifier.py", {
        "loss chooses the epoch of a classifier": ("        errors=partial(label_errors, pad_id=tokenizer.pad_token_id),\n", ""),
    }),
    *faults_in("stages/ngram_baselines.py", "evaluation/test_ngram_lm.py", {
        "n-grams of test rows are counted": ('for row in encoded["train"]]', 'for row in encoded["test"]]'),
        "a trigram is a bigram": ('ORDERS = {"unigram": 1, "trigram": 3}', 'ORDERS = {"unigram": 1, "trigram": 2}'),
    }),
]

FAULTS: dict[str, list[Fault]] = {
    "core": CORE, "cli": CLI, "data": DATA, "models": MODELS, "training": TRAINING, "inference": INFERENCE,
    "evaluation": EVALUATION, "metrics": METRICS, "words": WORDS, "tasks": TASKS, "params": PARAMS, "report": REPORT,
    "prediction": PREDICTION, "export": EXPORT, "planning": PLANNING, "preview": PREVIEW, "publishing": PUBLISHING, "study": STUDY,
    "stages": STAGES,
}
# fmt: on
