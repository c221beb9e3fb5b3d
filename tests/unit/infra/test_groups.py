"""Two packages add to one group of commands."""

from __future__ import annotations

import typer
from typer.testing import CliRunner

from infra.groups import group


def _says(word: str) -> None:
    typer.echo(word)


def test_commands_of_two_packages_stand_in_one_group() -> None:
    app = typer.Typer()
    group(app, "tasks", "Tasks.").command("list")(lambda: _says("listed"))
    group(app, "other", "Others.").command("list")(lambda: _says("others"))
    group(app, "tasks", "Tasks.").command("send")(lambda: _says("sent"))
    for words, said in ((("tasks", "list"), "listed"), (("tasks", "send"), "sent"), (("other", "list"), "others")):
        assert CliRunner().invoke(app, [*words]).output.strip() == said
