"""What a question says about documents: whose year and place it asks about, which it names, which sides it compares.

A fit is added to the fused score, which counts standard deviations of the cosine; so a loss outweighs any likeness of
words, and the documents of another year or place come last instead of being left out: the archive may hold nothing
else, and the answerer decides what that is worth.
"""

from __future__ import annotations

from itertools import islice, product

import numpy as np

from index.addresses import compared
from index.catalogue import Catalogue
from index.places import Place
from index.questions import Question
from index.types import FloatArray

_YEAR_GAIN, _YEAR_LOSS = 0.3, 1.5
_PLACE_GAIN, _PLACE_LOSS = 0.3, 1.0
_NAMED_GAIN = 1.0
_MOST_SIDES = 12


def sides_of(question: Question, catalogue: Catalogue) -> tuple[FloatArray, ...]:
    """One array a side of the question, usually one, with what each document gains or loses by it, shape (documents,).

    At most 12, for each side is searched by itself. None when the question says nothing of documents.
    """
    comparison = compared(question.text)
    years = [frozenset({year}) for year in comparison.years] or [question.years]
    places: list[tuple[Place, ...]] = [(place,) for place in comparison.places]
    places = places or [catalogue.places_in(question.text)]
    named = catalogue.titled(question.text)
    if not (any(years) or any(places) or len(named)):
        return ()
    sides = []
    for some_years, some_places in islice(product(years, places), _MOST_SIDES):
        side = _weighed(catalogue.year_fit(some_years), _YEAR_GAIN, _YEAR_LOSS)
        side += _weighed(catalogue.fit_of_places(some_places), _PLACE_GAIN, _PLACE_LOSS)
        side[named] += _NAMED_GAIN
        sides.append(side)
    return tuple(sides)


def _weighed(fit: FloatArray, gain: float, loss: float) -> FloatArray:
    return np.where(fit > 0, fit * np.float32(gain), fit * np.float32(loss)).astype(np.float32)
