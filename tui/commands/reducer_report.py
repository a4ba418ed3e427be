"""What `kstory state --check-reducer` says of a reducer."""

from collections.abc import Iterator, Sequence

from readers.decoders.payload import Json
from replay.reducer_check import Finding, check_reducer
from replay.reducers.loading import limits_of
from replay.story import Story
from tui.output import print_json, print_lines
from tui.render.story_json import place_document
from tui.settings import Settings

_FOUND = 1


def report_check(settings: Settings, story: Story) -> int:
    """Check the reducer of a story on its events, and print what was found; the exit code."""
    fold = story.fold
    name = fold.reducer.name
    findings = check_reducer(name, story.aggregate, fold.events, limits_of(story.stream))
    if settings.as_json:
        print_json(_document(story, findings))
    else:
        print_lines(_lines(story, findings))
    return _FOUND if findings else 0


def _document(story: Story, findings: Sequence[Finding]) -> dict[str, object]:
    return {
        "aggregate": story.aggregate,
        "reducer": story.fold.reducer.name,
        "events": len(story.events),
        "findings": [_finding(story, finding) for finding in findings],
    }


def _finding(story: Story, finding: Finding) -> dict[str, Json]:
    place = place_document(story.events, finding.n)
    return {"says": finding.says, "count": finding.count, **place}


def _lines(story: Story, findings: Sequence[Finding]) -> Iterator[str]:
    name, count = story.fold.reducer.name, len(story.events)
    if not findings:
        yield f"✓ {name}: nothing wrong was found on the {count:,} events of {story.aggregate}."
    for finding in findings:
        where = "`initial`"
        if finding.n:
            where = f"#{finding.n} {story.events[finding.n - 1].event.position}"
        more = f", and {finding.count - 1:,} more" if finding.count > 1 else ""
        yield f"✗ {name} at {where}{more}: {finding.says}"
