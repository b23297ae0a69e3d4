"""What a docstring promises: its examples run, and it tells a caller all that is needed."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

import descent

MODULES = ["descent", *(m.name for m in pkgutil.walk_packages(descent.__path__, "descent."))]
ARRAY = re.compile(r"\b(ArrayLike|NDArray|Tensor)\b")
SHAPE = re.compile(r"\bshapes?\b", re.IGNORECASE)
# What was thought of elsewhere; the other names are elementary, or an agreement of this project.
CITING = (
    "Trajectory",
    "backward_graph",
    "best_learning_rate",
    "central_differences",
    "critical_learning_rate",
    "difference_errors",
    "forward_differences",
    "hessian_vector_product",
    "path_plane",
    "random_plane",
    "sharpness",
    "sharpness_along",
    "suggest_learning_rates",
    "sweep",
)


# Examples


@pytest.mark.parametrize("name", MODULES)
def test_every_example_gives_what_it_says(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for example in examples(importlib.import_module(name)):
        runner.run(example, out=told.append)
    assert not told, "".join(told)
    assert list(tmp_path.iterdir()) == [], "an example must leave no file behind"


def examples(module: ModuleType) -> Iterator[doctest.DocTest]:
    """Yield the examples of a module; each knows only what it imports itself."""
    finder = doctest.DocTestFinder()
    yield from finder.find(module, module.__name__, globs={})
    # A public error calls `descent` its module, so the finder does not count it as this one's.
    for public in moved(module):
        yield from finder.find(public, public.__name__, module=False, globs={})
    for name, text in constants(module).items():
        place = f"{module.__name__}.{name}"
        yield doctest.DocTestParser().get_doctest(text, {}, place, module.__file__, 0)


def moved(module: ModuleType) -> list[type]:
    """Return the classes that a module defines and that call another their module."""
    body = ast.parse(inspect.getsource(module)).body
    defined = [vars(module)[node.name] for node in body if isinstance(node, ast.ClassDef)]
    return [cls for cls in defined if cls.__module__ != module.__name__]


def constants(module: ModuleType) -> dict[str, str]:
    """Return the text that stands below each constant in the source, where editors look for it."""
    body = ast.parse(inspect.getsource(module)).body
    return {
        assigned.target.id: inspect.cleandoc(below.value.value)
        for assigned, below in zip(body, body[1:], strict=False)
        if isinstance(assigned, ast.AnnAssign) and isinstance(assigned.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
    }


# Texts


@pytest.mark.parametrize("name", descent.__all__)
def test_a_public_name_tells_all_that_its_caller_needs(name):
    public = getattr(descent, name)
    text = documentation(public, name)
    lacking = [*lacking_form(text), *lacking_example(text)]
    if inspect.isfunction(public):
        lacking += lacking_of_function(public, text)
    if inspect.isclass(public):
        lacking += [*lacking_fields(public, text), *lacking_errors(own_checks(public), text)]
    assert not lacking, "\n".join(f"descent.{name} lacks {what}" for what in lacking)


@pytest.mark.parametrize("name", CITING)
def test_what_comes_from_the_literature_says_from_where(name):
    cited = sections(documentation(getattr(descent, name), name)).get("References", "")
    assert re.search(r"\(\d{4}\)", cited), f"descent.{name} lacks References with a year"


@pytest.mark.parametrize("name", [n for n in descent.__all__ if n[0].isupper()])
def test_every_method_of_a_public_class_tells_what_it_takes_and_gives(name):
    public = getattr(descent, name)
    kind = public if inspect.isclass(public) else type(public)
    lacking = [
        f"{base.__module__}.{base.__qualname__}.{method} lacks {what}"
        for base in kind.__mro__
        if base.__module__.startswith("descent")
        for method, member in vars(base).items()
        if not method.startswith("_")
        for what in lacking_of_member(member)
    ]
    assert not lacking, "\n".join(lacking)


def test_the_text_of_the_package_names_all_that_is_public():
    words = set(re.findall(r"\w+", descent.__doc__ or ""))
    assert sorted(set(descent.__all__) - words) == []


def documentation(public: Any, name: str) -> str:
    """Return the docstring of what is public; of a constant, the text below it in the source."""
    if inspect.isclass(public) or inspect.isfunction(public):
        return inspect.cleandoc(public.__doc__ or "")
    found = (constants(importlib.import_module(module)) for module in MODULES)
    return next((texts[name] for texts in found if name in texts), "")


def sections(text: str) -> dict[str, str]:
    """Return what stands below each heading, by heading; what precedes them all by ""."""
    before, *rest = re.split(r"^([A-Z]\w+):$", text, flags=re.MULTILINE)
    return {"": before, **dict(zip(rest[::2], rest[1::2], strict=True))}


def entries(section: str) -> dict[str, str]:
    """Return what a section says of each argument, attribute or error, by name."""
    _, *rest = re.split(r"^\*{0,2}(\w+): ", textwrap.dedent(section), flags=re.MULTILINE)
    return dict(zip(rest[::2], rest[1::2], strict=True))


def lacking_form(text: str) -> Iterator[str]:
    summary, _, rest = text.partition("\n")
    if not text:
        yield "a docstring"
    elif not summary.endswith(".") or rest[:1] not in ("", "\n"):
        yield f"a summary of one line and one sentence: {summary!r}"


def lacking_example(text: str) -> Iterator[str]:
    found = sections(text)
    if ">>> " not in found.get("Example", found.get("Examples", "")):
        yield "an Example with a >>> line"


def lacking_of_function(function: Callable[..., Any], text: str) -> Iterator[str]:
    parameters = inspect.signature(function).parameters
    told, found = entries(sections(text).get("Args", "")), sections(text)
    yield from (f"`{name}` in Args" for name in parameters if name not in told)
    yield from (f"a parameter `{name}` that Args tells of" for name in told.keys() - parameters)
    for name, parameter in parameters.items():
        if ARRAY.search(str(parameter.annotation)) and not SHAPE.search(told.get(name, "shape")):
            yield f"the shape of `{name}` in Args"
    if "Returns" not in found:
        yield "Returns"
    elif "NDArray" in str(inspect.signature(function).return_annotation):
        if not SHAPE.search(found[""] + found["Returns"]):
            yield "the shape of what it Returns"
    # Every public function takes something that can be wrong.
    if "Raises" not in found:
        yield "Raises"
    yield from lacking_errors([function], text)


def lacking_errors(sources: list[Callable[..., Any]], text: str) -> Iterator[str]:
    """Yield the errors that `sources` raise by name and Raises does not tell of."""
    told = entries(sections(text).get("Raises", ""))
    for source in sources:
        nodes = ast.walk(ast.parse(textwrap.dedent(inspect.getsource(source))))
        raised = [n.exc for n in nodes if isinstance(n, ast.Raise) and isinstance(n.exc, ast.Call)]
        names = sorted({ast.unparse(error.func) for error in raised})
        yield from (f"`{name}` in Raises" for name in names if name not in told)


def own_checks(kind: type) -> list[Callable[..., Any]]:
    """Return what runs when a class is called: what it checks, it checks there."""
    return [f for name, f in vars(kind).items() if re.match("__post|_check", name)]


def lacking_fields(kind: type, text: str) -> Iterator[str]:
    told = entries(sections(text).get("Attributes", ""))
    for field in dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ():
        if field.name not in told:
            yield f"`{field.name}` in Attributes"
        elif ARRAY.search(str(field.type)) and not SHAPE.search(told[field.name]):
            yield f"the shape of `{field.name}` in Attributes"


def lacking_of_member(member: Any) -> Iterator[str]:
    """Yield what the docstring of a property or of a method lacks; values are none of either."""
    function = getattr(member, "fget", getattr(member, "__func__", member))
    if not inspect.isfunction(function):
        return
    text = inspect.cleandoc(function.__doc__ or "")
    yield from lacking_form(text)
    for name in list(inspect.signature(function).parameters)[1:]:
        if not re.search(rf"`{name}`|^ +\*{{0,2}}{name}: ", text, flags=re.MULTILINE):
            yield f"`{name}`"
    if "NDArray" in str(inspect.signature(function).return_annotation) and not SHAPE.search(text):
        yield "the shape of what it returns"
    yield from lacking_errors([function], text)


# The checks above


def poor(rows: ArrayLike, steps: int = 1) -> NDArray[Any]:  # noqa: F821
    """Return what is needed by somebody

    who reads on.

    Args:
        rows: Numbers.
        stpes: How many.
    """  # noqa: D400
    raise ValueError(rows, steps)


def test_what_a_docstring_lacks_is_said_of_the_very_name():
    text = documentation(poor, "poor")
    assert [*lacking_form(text), *lacking_example(text), *lacking_of_function(poor, text)] == [
        "a summary of one line and one sentence: 'Return what is needed by somebody'",
        "an Example with a >>> line",
        "`steps` in Args",
        "a parameter `stpes` that Args tells of",
        "the shape of `rows` in Args",
        "Returns",
        "Raises",
        "`ValueError` in Raises",
    ]


def test_a_name_that_does_not_exist_is_an_attribute_error():
    assert dir(descent) == sorted(descent.__all__)
    with pytest.raises(AttributeError, match="No descent attribute recrd"):
        descent.recrd  # noqa: B018
