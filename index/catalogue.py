"""What a generation knows of its documents: which a filter allows, which a question names, how year and place fit.

Everything is made when it is first asked for, from plain dictionaries and arrays, since `gongwen ask` opens a
catalogue for one question. Ordinals count the documents of the generation from 0.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from functools import cache, cached_property, lru_cache

import numpy as np

from archive.head import normalised_number
from archive.store import Archive
from archive.types import Document
from index.addresses import Address
from index.names import (
    ISSUERS,
    Named,
    Names,
    is_lawlike,
    is_organ_named,
    is_title_named,
    one_line_each,
    organ,
    plain,
    plain_lines,
    plain_widths,
    short_forms,
    without_word_marks,
)
from index.places import FIRST_CHARACTERS, SECOND_CHARACTERS, Place, place_at, places_named, skip_kind
from index.types import BoolArray, Filters, FloatArray, IntArray, Listed
from index.words import squash, tag

FACETS = ("collection", "issuer", "year")
_MOST_VALUES = 50
_WEAK = 0.5
_ISSUES = re.compile("(?:印发|转发|发布|公布|批转)(?P<name>.{4,}?)的(?:通知|公告|决定|函|批复)$")
_ARTICLE_LABEL = re.compile("第[〇零一二三四五六七八九十百千两]{1,12}条(?:之[一二三四五六七八九十]{1,3})?")
_SIGN = re.compile("(?P<sign>.*?)(?P<rest>〔.*|(?:令|公告|通告).*|第[0-9]+号.*)")
_AMENDED = re.compile(r"\([^()\n]{0,14}(?:修正|修订|修改)[^()\n]{0,6}\)|\([0-9]{4}[-.年][0-9]{1,2}[-.月][^()\n]{0,4}\)")
_YEAR = r"(?:19|20)[0-9]{2}"
_YEARS = re.compile(
    rf"(?=[12一二十六七八九])(?<![0-9])(?:(?P<low>{_YEAR})年?[-—–~至到]{{1,2}}(?P<high>{_YEAR})(?=年|学年|\)|$)"
    rf"|(?<![0-9])(?P<year>{_YEAR})(?:学?年|财年)(?!第[0-9]+号)"
    r"|(?P<han>[一二][九〇○零][〇○零一二三四五六七八九]{2})年"
    r"|(?P<plan>十[一二三四五六七八九]?|[六七八九])五(?=规划|计划|时期|期间|发展|[\u4e00-\u9fff]{1,16}规划))",
    re.M,
)
_OF_THE_YEAR_BEFORE = re.compile("(?:政府|人大|人民代表大会|常委会|常务委员会|法院|检察院|政协)工作报告")
_REPORTS = ("报告", "总结", "公报")
_HAN_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_PLANS = {
    plan: at for at, plan in enumerate(["六", "七", "八", "九", "十", *("十" + ones for ones in "一二三四五六七八九")])
}
_FIRST_PLAN, _PLAN_YEARS = 1981, 5
_LONGEST_RANGE = 50
_COUNTY = re.compile("[\u4e00-\u9fff]{1,5}?(?:新区|自治县|自治旗|区|县|旗)(?![域划内长情级])")
_NO_COUNTY = re.compile(
    "(?:[社小园辖全各地山校景郊城灾疫库片农牧矿林厂战防特军营]|保护|自治|示范|试验|功能|行政|各|老|[市省])[区县]$|^[各全本该]"
)
_COUNTY_KINDS = "区县旗"
_ORGANS_COUNTY = re.compile("(?P<county>[\u4e00-\u9fff]{1,5}?(?:新区|区|县|旗))(?=[\u4e00-\u9fff]{2,})")


class Catalogue:
    """The documents of one generation. Safe to use from several threads; arrays that it returns must not be changed."""

    def __init__(self, documents: Sequence[Listed]) -> None:
        self.documents = documents
        self.allowed = lru_cache(maxsize=16)(self._allowed)
        self.year_fit = lru_cache(maxsize=16)(self._year_fit)
        self.fit_of_places = lru_cache(maxsize=16)(self._place_fit)

    # filters and facets

    def _allowed(self, filters: Filters) -> BoolArray:
        """One bool per document: whether the filters allow it. `section` concerns passages and is not looked at."""
        mask = np.ones(len(self.documents), np.bool_)
        if filters.collection:
            mask &= self._only(self._by_collection.get(filters.collection, []))
        if filters.document:
            mask &= self._only(self._ordinals_of([filters.document]))
        if filters.issuer:
            mask &= self._only(self._issued_by(filters.issuer))
        if filters.number:
            mask &= self._only(self.numbered(filters.number).tolist())
        if filters.issued_from or filters.issued_to:
            first = filters.issued_from.toordinal() if filters.issued_from else 1
            last = filters.issued_to.toordinal() if filters.issued_to else np.iinfo(np.int64).max
            mask &= (self._issued >= first) & (self._issued <= last)
        mask[self._ordinals_of(filters.without)] = False
        mask.setflags(write=False)
        return mask

    def spelled(self, filters: Filters) -> Filters:
        """The same filters as the indexes spell them: every known issuer that is meant, the 文号 normalised, and
        the section without blanks."""
        number = normalised_number(filters.number) if filters.number else ""
        meant = ISSUERS.join(self._meant(filters.issuer)) if filters.issuer else ""
        section = "".join(filters.section.split())  # of control characters str.strip drops more than pydantic
        return replace(filters, number=number, issuer=meant or filters.issuer, section=section)

    def facets(self, ordinals: Iterable[int], names: Sequence[str] = FACETS) -> dict[str, list[tuple[str, int]]]:
        """How many of these documents have each collection, issuer (every one of a joint notice) or year of issue.

        Most frequent first, then by value; at most 50 values each. What a document does not say is not counted.
        """
        chosen = [self.documents[at] for at in ordinals]
        values = {
            "collection": (d.collection for d in chosen),
            "issuer": (issuer for d in chosen for issuer in issuers_of(d)),
            "year": (f"{d.issued_on.year:04}" for d in chosen if d.issued_on),
        }
        return {name: _counted(values[name]) for name in names}

    @property
    def ids(self) -> Set[str]:
        """The ids of all documents."""
        return self._last.keys()

    def ordinal(self, doc_id: str) -> int:
        """The ordinal of a document; of several revisions the last. Raises KeyError."""
        return self._last[doc_id]

    def numbered(self, number: str) -> IntArray:
        """The documents of exactly this 文号, however its brackets and widths are written."""
        return np.array(self._by_number.get(normalised_number(number), []), np.int64)

    # what a question names

    def titled(self, text: str) -> IntArray:
        """The documents whose title stands in a text, longest title first, then whole documents, then the newest.

        Of a law whose articles are documents of their own (农业法第二十九条) the law's name finds them all.
        """
        written = plain(short_forms(text))
        named = {each.name: each for each in self._titles.find(written)}
        found = sorted(named.values(), key=lambda each: (-len(each.name), each.start))
        return self._unique(at for each in found for at in self._in_order(each, squash(text)))

    def addressed(self, address: Address) -> IntArray:
        """The documents that an address leads to; for an article those that are it, else those that may hold it."""
        if address.kind == "number":
            return self._signed(address.number)
        name = plain(short_forms(address.title)).text
        if not address.is_quoted and not self._titles[name]:
            named = list(self._titles.find(plain(short_forms(address.title))))
            name = named[-1].name if named else ""
        exact = self._titles[name + address.label] if address.label else ()
        if exact or not address.label:
            return self._unique(self._newest(exact or self._titles[name]))
        return self._unique(at for at in self._newest(self._titles[name]) if not self._is_an_article(at))

    def issuers_in(self, text: str) -> tuple[str, ...]:
        """The known issuers that stand in a text, as the first document prints them; none inside another's name."""
        found = self._organs.find(plain(organ(text)))
        return tuple(dict.fromkeys(self._printed_issuer[named.name] for named in found))

    def issuer_fit(self, text: str) -> FloatArray:
        """One value a document: 1 when a text names one of its issuers, else 0."""
        fit = np.zeros(len(self.documents), np.float32)
        for named in self._organs.find(plain(organ(text))):
            fit[list(named.ordinals)] = 1
        return fit

    def places_in(self, text: str) -> tuple[Place, ...]:
        """The provinces and cities that stand in a text, and the counties that some title or issuer names."""
        if not any(kind in text for kind in _COUNTY_KINDS):
            return tuple(dict.fromkeys(place for _, place in places_named(text)))
        named = (place for _, place in places_named(text, self._counties))
        return tuple(dict.fromkeys(self._whole.get(place, place) for place in named))

    def place_fit(self, text: str) -> FloatArray:
        """One value a document: 1 when its title or issuer names a place of the text or one inside it, -1 when it names
        others only, 0 when it names none or one that holds it, and wherever the text names no place."""
        return self.fit_of_places(self.places_in(text))

    # years

    def years(self, ordinal: int) -> frozenset[int]:
        """The years that a document's title says it is about; none for a law, or a title without a year."""
        return self._years.get(ordinal, frozenset())

    def _year_fit(self, years: frozenset[int]) -> FloatArray:
        """One value a document: 1 when its title says one of the years, -1 when it says only others, 0.5 when it says
        none but the document was issued then (a report also in the months after), else 0. Laws are about no year."""
        fit = np.zeros(len(self.documents), np.float32)
        if not years:
            return fit
        for at in np.flatnonzero(np.isin(self._issue_years, list(years | {year + 1 for year in years}))).tolist():
            fit[at] = _WEAK * self._may_be_about(at, years)
        for at, said in self._years.items():
            fit[at] = 1 if said & years else -1
        fit.setflags(write=False)
        return fit

    def _may_be_about(self, at: int, years: frozenset[int]) -> bool:
        issued, title = self.documents[at].issued_on, self._plain[at]
        if issued is None or is_lawlike(title):
            return False
        return issued.year in years or (title.endswith(_REPORTS) and issued.month <= 4 and issued.year - 1 in years)

    # tables

    @cached_property
    def _last(self) -> dict[str, int]:
        """Each document's ordinal; where a generation lists it with several revisions, the last."""
        return {d.doc_id: at for at, d in enumerate(self.documents)}

    @cached_property
    def _earlier(self) -> dict[str, list[int]]:
        if len(self._last) == len(self.documents):
            return {}
        return _grouped((d.doc_id, at) for at, d in enumerate(self.documents) if self._last[d.doc_id] != at)

    @cached_property
    def _by_collection(self) -> dict[str, list[int]]:
        return _grouped((d.collection, at) for at, d in enumerate(self.documents))

    @cached_property
    def _by_number(self) -> dict[str, list[int]]:
        return _grouped((normalised_number(d.number), at) for at, d in enumerate(self.documents) if d.number)

    @cached_property
    def _by_rest_of_number(self) -> dict[str, list[tuple[str, int]]]:
        """Documents by their number without the issuer's sign: 〔2023〕12号 → (国发, ordinal)."""
        found: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for number, ordinals in self._by_number.items():
            if match := _SIGN.fullmatch(number):
                found[match["rest"]] += [(match["sign"], at) for at in ordinals]
        return found

    @cached_property
    def _by_issuer(self) -> dict[str, list[int]]:
        named: dict[str, list[str]] = {}
        for issuer in {d.issuer for d in self.documents}:
            named[issuer] = [organ(each) for each in issuer.split("、") if each]
        return _grouped((name, at) for at, d in enumerate(self.documents) for name in dict.fromkeys(named[d.issuer]))

    @cached_property
    def _printed_issuer(self) -> dict[str, str]:
        printed: dict[str, str] = {}
        for issuer in dict.fromkeys(d.issuer for d in self.documents):
            for each in filter(None, issuer.split("、")):
                printed.setdefault(organ(each), each)
        return printed

    @cached_property
    def _organs(self) -> Names:
        return Names({}, self._by_issuer, is_organ_named)

    @cached_property
    def _issued(self) -> IntArray:
        """Days of issue as `date.toordinal`, 0 where unknown."""
        return np.array([d.issued_on.toordinal() if d.issued_on else 0 for d in self.documents], np.int64)

    @cached_property
    def _issue_years(self) -> IntArray:
        return np.array([d.issued_on.year if d.issued_on else 0 for d in self.documents], np.int64)

    @cached_property
    def _widths(self) -> str:
        return plain_widths([d.title for d in self.documents])

    @cached_property
    def _plain(self) -> list[str]:
        return plain_lines(self._widths) if self.documents else []

    @cached_property
    def _titles(self) -> Names:
        """Documents by every form of their title: plain, what it issues, from 关于 on, the law of an article."""
        own = dict(zip(self._plain, range(len(self._plain)), strict=True))
        more: dict[str, list[int]] = defaultdict(list)
        for at, title in enumerate(self._plain):
            if own[title] != at:
                more[title].append(at)
            if (cut := title.rfind("第")) > 0 and _is_article(title[cut:]):
                more[title[:cut]].append(at)
            elif "关于" in title:
                for form in _forms_about(title):
                    more[form].append(at)
        own.pop("", None)
        return Names(own, dict(more), is_title_named)

    @cached_property
    def _years(self) -> dict[int, frozenset[int]]:
        lines = _AMENDED.sub("", without_word_marks(self._widths))
        starts = _line_starts(lines)
        said: dict[int, set[int]] = defaultdict(set)
        for match in _YEARS.finditer(lines):
            said[int(np.searchsorted(starts, match.start(), side="right")) - 1].update(_years_said(match))
        found = {}
        for at, years in said.items():
            issued = self.documents[at].issued_on
            if _OF_THE_YEAR_BEFORE.search(self.documents[at].title) and (not issued or issued.year <= max(years)):
                years.add(min(years) - 1)
            if not is_lawlike(self._plain[at]):
                found[at] = frozenset(years)
        return found

    @cached_property
    def _places(self) -> tuple[IntArray, IntArray, list[Place]]:
        """(ordinals, numbers of places, places): which document's title or issuer names which place."""
        numbers: dict[Place, int] = {}
        rows = sorted({(at, numbers.setdefault(place, len(numbers))) for at, place in _places_on(self._heads)})
        pairs = np.array(rows, np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1], list(numbers)

    def places_of(self, ordinal: int) -> tuple[Place, ...]:
        """The places that a document's title and issuers name."""
        ordinals, numbers, places = self._places
        first, last = np.searchsorted(ordinals, [ordinal, ordinal + 1])
        return tuple(places[number] for number in numbers[first:last].tolist())

    @cached_property
    def _heads(self) -> str:
        """One line a document: its title, a tab and its issuers."""
        return one_line_each([f"{d.title}\t{d.issuer}" for d in self.documents])

    @cached_property
    def _counties(self) -> frozenset[str]:
        found = {place.county for place in self._places[2] if place.county}
        for issuer in self._printed_issuer.values():
            match = _ORGANS_COUNTY.match(issuer)
            if match and not place_at(issuer, 0) and not _NO_COUNTY.search(match["county"]):
                found.add(match["county"])
        return frozenset(found)

    @cached_property
    def _whole(self) -> dict[Place, Place]:
        """Counties by themselves, and where they lie when the documents know one such county only."""
        lies: dict[Place, set[Place]] = defaultdict(set)
        for place in self._places[2]:
            if place.county:
                lies[Place(county=place.county)].add(place)
        return {county: min(places) for county, places in lies.items() if len(places) == 1}

    def _place_fit(self, wanted: tuple[Place, ...]) -> FloatArray:
        fit = np.zeros(len(self.documents), np.float32)
        ordinals, numbers, places = self._places
        if not wanted or not places:
            return fit
        of_place = np.array([max(want.fit(place) for want in wanted) for place in places], np.float32)
        best = np.full(len(self.documents), -2, np.float32)
        np.maximum.at(best, ordinals, of_place[numbers])
        fit = np.where(best > -2, best, 0).astype(np.float32)
        starts = _line_starts(self._heads)
        for county in {want.county for want in wanted if want.county}:
            at = [int(np.searchsorted(starts, m.start(), side="right")) - 1 for m in re.finditer(county, self._heads)]
            fit[[line for line in at if fit[line] == 0]] = 1
        fit.setflags(write=False)
        return fit

    # helpers

    def _is_an_article(self, at: int) -> bool:
        title = self._plain[at]
        return _is_article(title[title.rfind("第") :])

    def _only(self, ordinals: Sequence[int]) -> BoolArray:
        mask = np.zeros(len(self.documents), np.bool_)
        mask[np.asarray(ordinals, np.int64)] = True
        return mask

    def _ordinals_of(self, doc_ids: Iterable[str]) -> list[int]:
        known = [doc_id for doc_id in doc_ids if doc_id in self._last]
        return [at for doc_id in known for at in (*self._earlier.get(doc_id, ()), self._last[doc_id])]

    def _issued_by(self, issuer: str) -> list[int]:
        return [at for name in self._meant(issuer) for at in self._by_issuer[name]]

    def _meant(self, issuer: str) -> list[str]:
        """The known issuers that a name means, or each of several joined by 、."""
        wanted = [organ(name) for name in issuer.split(ISSUERS) if name]
        return [
            name
            for name in self._by_issuer
            if any(name == each or (len(each) > 1 and name.endswith(each)) for each in wanted)
        ]

    def _signed(self, number: str) -> IntArray:
        """The documents of a 文号 that words of the question may stand before (请问国发〔2023〕12号)."""
        exact = self._by_number.get(number)
        if exact:
            return self._unique(self._newest(exact))
        match = _SIGN.fullmatch(number)
        if not match:
            return self._unique([])
        fitting = [
            (sign, at) for sign, at in self._by_rest_of_number.get(match["rest"], []) if _signs(match["sign"], sign)
        ]
        longest = max((len(sign) for sign, _ in fitting), default=0)
        return self._unique(self._newest([at for sign, at in fitting if len(sign) == longest]))

    def _in_order(self, named: Named, written: str) -> list[int]:
        """Whole titles first, of these the one whose version is written, then the newest."""
        return sorted(
            self._newest(named.ordinals),
            key=lambda at: (self._plain[at] != named.name, squash(_short(self.documents[at].title)) not in written),
        )

    def _newest(self, ordinals: Iterable[int]) -> list[int]:
        return sorted(ordinals, key=lambda at: (-int(self._issued[at]), at))

    def _unique(self, ordinals: Iterable[int]) -> IntArray:
        return np.array(list(dict.fromkeys(ordinals)), np.int64)


def documents_allowed(archive: Archive, filters: Filters, limit: int, after: str = "") -> list[Document]:
    """The archive's current documents that the filters allow, indexed or not, by id from the one after `after`; at
    most `limit`. Of `section` it is enough that some heading has the words."""
    if replace(filters, collection="") == Filters():
        return archive.documents(limit, after, filters.collection or None)
    listed = [Listed(*row) for row in archive.listed(filters.section)]
    mask = Catalogue(listed).allowed(filters)
    chosen = [d for d, allowed in zip(listed, mask.tolist(), strict=True) if allowed and d.doc_id > after]
    return [archive.get(d.doc_id, d.revision) for d in chosen[:limit]]


def issuers_of(document: Listed) -> tuple[str, ...]:
    """The issuers of a document, each once; those of a joint notice stand between 、."""
    return tuple(dict.fromkeys(filter(None, document.issuer.split("、"))))


def _short(title: str) -> str:
    return title.replace("中华人民共和国", "")


@cache
def _is_article(tail: str) -> bool:
    return _ARTICLE_LABEL.fullmatch(tail) is not None


def _forms_about(title: str) -> Iterator[str]:
    """What stands for 某部关于印发某办法的通知: 关于印发某办法的通知, 某办法."""
    about = title.find("关于")
    if about:
        yield title[about:]
    if match := _ISSUES.search(title, about):
        yield match["name"]


def _signs(written: str, sign: str) -> bool:
    """Whether an issuer's sign is the end of what is written, and only words of a sentence stand before it."""
    if not sign or not written.endswith(sign):
        return False
    before = written.removesuffix(sign)
    return not before or not tag(before)[-1][1].startswith(("n", "j", "b", "vn", "x"))


def _years_said(match: re.Match[str]) -> Iterable[int]:
    if match["year"]:
        return (int(match["year"]),)
    if match["low"]:
        low, high = int(match["low"]), int(match["high"])
        return range(low, high + 1) if low <= high <= low + _LONGEST_RANGE else (low, high)
    if match["han"]:
        return (int(match["han"].translate(_HAN_DIGITS)),)
    first = _FIRST_PLAN + _PLAN_YEARS * _PLANS[match["plan"]]
    return range(first, first + _PLAN_YEARS)


def _places_on(heads: str) -> Iterator[tuple[int, Place]]:
    """(line, place) for every place on the lines of a text, found where two characters can begin a name."""
    starts = _line_starts(heads)
    codes = np.minimum(np.frombuffer(heads.encode("utf-32-le", "replace"), np.uint32), 0xFFFF)
    begins = _table(FIRST_CHARACTERS)[codes[:-1]] & _table(SECOND_CHARACTERS)[codes[1:]]
    at = np.flatnonzero(begins)
    lines = np.searchsorted(starts, at, side="right") - 1
    end = 0
    for start, line in zip(at.tolist(), lines.tolist(), strict=True):
        if start >= end and (named := place_at(heads, start)):
            end, place = _with_county(heads, start + len(named[0]), named[1])
            yield line, place


def _with_county(text: str, at: int, place: Place) -> tuple[int, Place]:
    """Goes on from a province or city to the city and county written directly after it: (end, place)."""
    at = skip_kind(text, at)
    below = place_at(text, at)
    if below and below[1].province == place.province and below[1].city and not place.city:
        place, at = below[1], skip_kind(text, at + len(below[0]))
    county = _COUNTY.match(text, at)
    if county and not _NO_COUNTY.search(county[0]):
        return county.end(), Place(place.province, place.city, county[0])
    return at, place


def _table(characters: Iterable[str]) -> BoolArray:
    found = np.zeros(0x10000, np.bool_)
    found[[ord(c) for c in characters]] = True
    return found


def _line_starts(lines: str) -> IntArray:
    return np.array([0, *(m.end() for m in re.finditer("\n", lines))], np.int64)


def _grouped(pairs: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for key, at in pairs:
        found[key].append(at)
    return dict(found)


def _counted(values: Iterable[str]) -> list[tuple[str, int]]:
    counts = Counter(filter(None, values))
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_VALUES]
