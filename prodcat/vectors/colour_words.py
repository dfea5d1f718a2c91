"""The colours that a name names, in English, German, French, Spanish, Italian and Dutch.

What a picture shows depends on its light; a name says what the shop calls it. A product whose name
has no such word, or one of another language, has no vector of this kind.
"""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.vectors.unit import unit_rows

COLOUR_WORDS = {
    "black": "black noir noire schwarz schwarze schwarzer schwarzes negro negra nero nera zwart",
    "white": "white blanc blanche weiß weiss weiße weisse blanco blanca bianco bianca wit witte",
    "grey": "grey gray gris grise grau graue graues grigio grigia grijs melange",
    "charcoal": "charcoal anthracite anthrazit antracita antracite antraciet",
    "silver": "silver argent silber plata argento zilver steel metallic gunmetal",
    "gold": "gold golden doré oro dorado dorada goud goldene",
    "bronze": "bronze copper kupfer cuivre cobre rame koper",
    "brown": "brown marron brun braun braune braunes marrón castaño marrone bruin coffee chocolate",
    "tan": "tan camel cognac rust",
    "beige": "beige nude sand taupe khaki mushroom",
    "cream": "cream crème creme ivory ecru écru elfenbein crema avorio",
    "red": "red rouge rot rote roter rotes rojo roja rosso rossa rood rode scarlet",
    "maroon": "maroon burgundy bordeaux burdeos bordò weinrot",
    "pink": "pink rose rosa fuchsia magenta roze",
    "peach": "peach coral salmon pfirsich pêche korall koralle coral salmón",
    "orange": "orange naranja arancione oranje",
    "yellow": "yellow jaune gelb gelbe gelbes amarillo amarilla giallo gialla geel gele lemon",
    "mustard": "mustard ochre senf moutarde mostaza",
    "green": "green vert verte grün grüne grünes verde groen groene lime mint",
    "olive": "olive oliv oliva kaki",
    "teal": "teal turquoise türkis turquesa turchese turkoois aqua petrol",
    "blue": "blue bleu bleue blau blaue blauer blaues azul blu azzurro azzurra blauw indigo denim",
    "navy": "navy marine dunkelblau",
    "purple": "purple violet violette violett lila morado morada viola paars plum",
    "lavender": "lavender lavande lavendel lavanda mauve lilac flieder",
    "multi": "multi multicolor multicolour multicoloured multicolored bunt mehrfarbig multicolore",
}
"""Colour → its words; an inflected one stands beside the other."""
COLOURS = tuple(COLOUR_WORDS)
COLOUR_OF = {
    word: COLOURS.index(colour) for colour, words in COLOUR_WORDS.items() for word in words.split()
}
WORD = re.compile(r"[^\W\d_]+")


def colours_of_names(names: Sequence[str]) -> Float32Array:
    """Return the colours that names name, (N, C) of `COLOURS`: rows of unit length, or zeros.

    >>> [COLOURS[i] for i in np.flatnonzero(colours_of_names(["Men Navy Blue-White Shirt"])[0])]
    ['white', 'blue', 'navy']
    """
    vectors = np.zeros((len(names), len(COLOURS)), dtype=np.float32)
    for row, name in enumerate(names):
        words = WORD.findall(unicodedata.normalize("NFC", name).casefold())
        vectors[row, [COLOUR_OF[word] for word in words if word in COLOUR_OF]] = 1.0
    return unit_rows(vectors)
