"""Logs say what happened, not who was searched for."""

import pytest

from shangmen.operations import logs


@pytest.mark.parametrize(
    "line",
    [
        "GET /recipients/?q=%E6%9B%BE%E5%B0%8F%E5%85%B0&page=2 200",
        'path="/recipients/?q=曾小兰"',
        "http://localhost/visits/?who=曾小兰",
    ],
)
def test_no_line_says_what_was_searched_for(line: str) -> None:
    told = logs.redacted(line)
    assert "曾小兰" not in told
    assert "%E6" not in told
    assert "?…" in told


def test_a_question_in_a_sentence_stays() -> None:
    assert logs.redacted("is it there? yes") == "is it there? yes"
