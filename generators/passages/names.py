"""Names of people, towns, rivers, regions and money, all invented or plain.

How to run: not alone; memory.py deals them. What comes out: tuples of names.
"""


def split(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


WOMEN = split("""
    Agnes Alma Anneke Astrid Beatrix Berta Brigid Carlotta Cecily Clara Cora Dagmar Delia Dorothea Edda Elin Elspeth
    Emilia Esther Eva Fenna Flora Frieda Greta Hanna Harriet Hedda Helga Henrike Ida Ilse Imogen Ines Ingrid Irma
    Isolde Johanna Judith Karin Katrin Klara Lavinia Leonora Liesel Lotte Ludmila Magda Margit Marta Matilda Mina
    Mirjam Nadia Nora Odile Olga Petra Philippa Ragna Rosa Rosalind Sanna Selma Sigrid Sofia Sunniva Tabitha Tekla
    Thea Ulrike Ursula Vera Viola Wanda Wilma Yrsa Zora
""")
MEN = split("""
    Adrian Alban Albert Ambrose Anders Anton Arne Arthur Axel Balthasar Barnaby Bertil Bruno Casper Cedric Conrad
    Cornelis Cosmo Dietrich Edgar Edmund Emil Erik Ernst Fabian Felix Ferdinand Frans Gerard Gilbert Gustav Halvor
    Hannes Harald Hector Henrik Hugo Ivar Jasper Jonas Joost Julius Karl Kaspar Konrad Lambert Laurens Leopold Linus
    Lorenz Ludwig Magnus Marius Matthias Maurits Mikkel Nils Oskar Otto Pascal Quentin Rasmus Reinhold Roland Rufus
    Rupert Silas Simon Stefan Sven Theodor Tobias Torsten Ulrich Valentin Viktor Walter Werner Willem
""")
FAMILIES = split("""
    Abel Adlerkron Aldous Amsinck Ankarby Arnesen Aspen Averdale Backlund Ballantrae Barlow Bastian Becksted
    Bellwether Bergamot Berwald Birkmose Blakestone Boddeker Bonnevie Borchard Brandauer Brekke Brimble Brunning
    Buxtorf Calloway Carstairs Castellane Coldewey Corvin Crabtree Cranmere Dahlquist Dannerby Darrow Delacourt
    Dennegaard Dieskau Dorning Drachmann Duckworth Eastergate Eckersley Edelstam Ehrenpreis Eikeland Ellershaw
    Elverfeld Engelbrecht Erlandsen Fairweather Falkenrath Farnaby Felgate Fennimore Ferreby Fjeldstad Flaxman
    Forsberg Fothergill Frobisher Galbraith Garrick Gelderblom Gillespie Glanville Godefroy Grimsdale Grotewold
    Gyllenhagen Haddock Hagelund Halloran Hardanger Harkness Hasselbach Hawksworth Heimdal Hellquist Hibbert Hjelm
    Hollander Holmgaard Hornblow Huxtable Ibbotson Imhoff Ingleby Iversen Jessel Jolander Kalkbrenner Kamphuis
    Kellgren Kermode Kjelland Klausner Knapp Kolderup Krabbe Lachmann Lagerstam Langstrom Larkspur Leyendecker
    Lillywhite Lindqvist Lockridge Lomax Lovelock Lundgaard Maasdorp Mallory Marchbanks Mellgren Merriweather Millais
    Molesworth Montague Morgenrot Munthe Nachtigal Nettlefold Nordahl Oakeshott Oberlin Oddie Olcott Oppermann Ostwald
    Overbeck Paget Palmgren Pelham Penhallow Pettigrew Plessner Pomfret Prydz Quarles Quist Rademaker Ramsbottom
    Rappoport Ravnkilde Redfern Rehbinder Ridderstad Ringwald Roscoe Rosenhane Ruysdal Sackville Salvesen Sandilands
    Scholten Seabright Selmer Silverthorne Skeffington Solberg Sparre Stallworthy Steenstrup Stolpe Strandgaard Sundby
    Swithin Tangye Tarleton Teesdale Thackery Tidemand Tillotson Tollefsen Tremayne Trott Tuxen Ullmann Underhill
    Uppdal Vandermeer Varley Vennekool Vinding Vogelsang Wadsworth Walberg Wardlaw Wedderburn Wendelbo Westergren
    Whitlock Wiborg Windrush Wolstenholm Wrangell Wyndham Yardley Zandstra Zetterlund Zimmerling
""")
TOWNS = tuple(
    first + last
    for last in split("mere wick holt stead haven gate brook strand field minster")
    for first in split("""
        Aller Arden Bram Calder Corn Dun Elder Fallow Garn Hallow Ister Kelder Lang Marl Norren Osk Pellan Quill Raven
        Sorrel Tarn Ulver Vann Wester Yarrow Zell
    """)
)
RIVERS = split("""
    Ostrel Vinna Tammel Arrowe Lissen Ferrin Mardle Ulna Corve Sael Brennow Wendle Dorrel Isk Tolva Garrel
""")
REGIONS = split(
    "Orsland Vellmark Tarnholm Estmarch Haldria Norrowmark Lavengard Sundmark Kestria Ambermark Fennmark Rovania"
)
CURRENCIES = split("crowns florins thalers guilders marks ducats")
