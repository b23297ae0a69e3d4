"""What people and programs do to a talk, one entry per edit, and what must be said of it.

The talk has the slides 1-2 of a clip that stays as it is, 3-6 of one whose pictures, captions and
lengths change and that gets two more beats, and 7 of one whose picture changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.talks import marks_of_media as media
from tests.talks import package_edits as packages
from tests.talks import slide_edits as slides
from tests.talks.edit_tools import (
    each_slide,
    on_films,
    on_posters,
    on_slides,
    with_archive,
    with_pptx,
)
from tests.talks.programs import saved_by_impress

BOTH = "video and picture swapped"
STEPS = (
    f"slide 3: stepping, start: {BOTH}",
    *(f"slide {number}: stepping, step-{number - 3}: {BOTH}" for number in (4, 5, 6)),
)
ALL = (*STEPS, f"slide 7: arriving, arrive: {BOTH}")
NEW = "stepping: on no slide: step-4, step-5 (new today: `render.py clip stepping --beat step-4 "
SIGNED = "the digital signature is of the talk as it was: sign the new one"
CHANGED = "it was changed since it was made"


@dataclass(frozen=True)
class Edit:
    """An edit of a talk.

    Attributes:
        make: Edits the talk at a path, and returns the path of the edited one.
        says: Lines that `--update` prints, or what they begin with.
        current: How many films show today's pictures in the end.
        program: The program that it needs; "" if none.
    """

    make: Callable[[Path], Path]
    says: tuple[str, ...]
    current: int = 7
    program: str = ""


LEFT_FILM = f"slide 7: arriving, arrive: video left ({CHANGED}; for today's, insert what"
STAYS = "picture left (its video stays as it is)"
LEFT_POSTER = f"slide 7: arriving, arrive: {STAYS}"
OTHER = "made from another settings file called small.toml; today's is used: if that is not meant"
OTHERS = (*STEPS, LEFT_FILM, LEFT_POSTER)

EDITS: dict[str, Edit] = {
    "nothing": Edit(lambda path: path, (*ALL, NEW)),
    "parts renamed": Edit(with_archive(packages.rename_parts), (*ALL, NEW)),
    "moved, hidden and left out": Edit(
        with_pptx(slides.move_and_hide),
        (f"slide 1: arriving, arrive: {BOTH}", NEW),
        6,
    ),
    "a step left out": Edit(
        with_pptx(partial(slides.leave_out, slide=5)),
        (f"slide 5: stepping, step-3: {BOTH}", NEW),
        6,
    ),
    "a slide duplicated": Edit(
        with_pptx(lambda deck: slides.duplicate(deck, 3)),
        (
            f"slides 3, 8: stepping, start: {BOTH}",
            "slides 3, 8: alt text and length replaced",
            'slides 3, 8: the title still says "A step per beat, 1 of 4": write "A step per',
            NEW,
        ),
        8,
    ),
    "another talk merged": Edit(
        slides.merge_other_talk,
        (
            f"slides 3, 8: stepping, start: {BOTH}",
            f"slides 4, 9: stepping, step-1: {BOTH}",
            f"{NEW}--settings small.toml --quality draft`",
            f"{NEW}--settings small.toml --learning-rate 0.3 --quality draft`",
        ),
        9,
    ),
    "grouped": Edit(with_pptx(slides.group), ALL),
    "grouped twice": Edit(with_pptx(partial(slides.group, depth=2)), ALL),
    "a choice with a fallback": Edit(with_archive(each_slide(slides.alternate)), ALL, 14),
    "posters compressed": Edit(
        on_posters(lambda image, _: media.saved(media.image(image))), (*ALL, NEW)
    ),
    "posters as JPEG": Edit(
        on_posters(lambda image, _: media.saved(media.image(image), "jpeg"), "jpg"), (*ALL, NEW)
    ),
    "posters of the first frame": Edit(
        on_posters(lambda _, film: media.saved(media.frame(film, 0)), "png", 1, 2, 7), ALL
    ),
    "posters of a frame between": Edit(
        on_posters(lambda _, film: media.saved(media.frame(film, 4)), "png", 1), ALL
    ),
    "a poster of one's own": Edit(
        on_posters(lambda *_: media.saved(media.own_picture()), "png", 3, 7),
        (
            "slides 3, 7: stepping, start; arriving, arrive: picture left (it shows no frame of "
            "its video: if you did not choose it, reset it",
        ),
    ),
    "a poster drawn upon": Edit(
        on_posters(
            lambda image, _: media.saved(media.drawn_upon(image), comment=media.comment_of(image)),
            "png",
            7,
        ),
        (f"slide 7: arriving, arrive: picture left ({CHANGED}; for today's, insert what",),
    ),
    "a poster drawn upon without its mark": Edit(
        on_posters(lambda image, _: media.saved(media.drawn_upon(image)), "png", 7),
        ("slide 7: arriving, arrive: picture left (it shows no frame of its video: if",),
    ),
    "a mark kept by what compresses": Edit(
        on_posters(
            lambda image, _: media.saved(media.image(image), comment=media.comment_of(image))
        ),
        ALL,
    ),
    "copied into another container": Edit(on_films(media.muxed_again, *range(1, 8)), ALL),
    "dubbed": Edit(on_films(partial(media.muxed_again, voice=True), 7), OTHERS, 6),
    "turned": Edit(on_films(media.turned, 7), OTHERS, 6),
    "mirrored": Edit(on_films(partial(media.turned, degrees=0, hflip=True), 7), OTHERS, 6),
    "trimmed": Edit(on_films(partial(media.muxed_again, keep=lambda at: at < 4), 7), OTHERS, 6),
    "encoded again": Edit(
        on_films(media.encoded_again, 7),
        (*STEPS, "slide 7: a video is left that is", LEFT_POSTER),
        6,
    ),
    "dubbed, with a mark of an earlier version": Edit(
        on_films(
            partial(media.muxed_again, voice=True, mark=packages.with_keys("digest", "beats")), 7
        ),
        OTHERS,
        6,
    ),
    "marks of an earlier version": Edit(
        packages.of_an_earlier_version,
        (
            *ALL,
            f"slides 3-7: {OTHER}",
            "slides 3-7: made by an earlier version, so a change of yours cannot be seen: if you",
            NEW,
        ),
    ),
    "linked": Edit(
        with_archive(partial(lambda archive: packages.link_films(archive, 3, 7))),
        (
            "slides 3, 7: linked, not inside the talk: media3.mp4, media7.mp4 (only what is inside",
            f"slides 3, 7: stepping, start; arriving, arrive: {STAYS}",
        ),
        5,
    ),
    "all linked": Edit(
        with_archive(lambda archive: packages.link_films(archive, *range(1, 8))),
        ("slides 1-7: linked, not inside the talk: media1.mp4, media2.mp4",),
        0,
    ),
    "trimmed by PowerPoint": Edit(
        on_slides(slides.trim, 3),
        (
            "slide 3: the trim stays, 0.1 s at the start and 0.05 s at the end, of a video "
            "that takes 1 s now: see whether it fits",
            "slide 3: alt text and length replaced",
        ),
    ),
    "trimmed to more than there is today": Edit(
        on_slides(partial(slides.trim, start="200", end="100"), 7),
        ("slide 7: the trim stays",),
    ),
    "bookmarked": Edit(
        on_slides(partial(slides.trim, start="0", end="0", bookmark=True), 3),
        ("slide 3: the bookmarks stay at the times of the video before",),
    ),
    "going on by itself": Edit(
        on_slides(slides.advance, 3), ("slide 3: alt text and length replaced",)
    ),
    "going on after a while": Edit(
        on_slides(partial(slides.advance, seconds=9), 3),
        ("slide 3: the next slide follows after 9 s, as before, but its video takes 1 s now: set",),
    ),
    "another length": Edit(
        on_slides(partial(slides.play_for, milliseconds="4000"), 3),
        ("slide 3: the slide plays its video for 4 s of 1 s: delete",),
    ),
    "an alternative text of one's own": Edit(
        on_slides(partial(slides.describe, text="What happens next?"), 3, 7),
        (
            'slide 3: the alt text stays "What happens next?", as you wrote it: see whether it '
            'fits the clip, which now says "5 steps are to come."',
        ),
    ),
    "the alternative text moved into its title": Edit(
        on_slides(slides.describe_by_title, 3, 7),
        ("slide 3: alt text and length replaced", "slides 4-7: alt text replaced", NEW),
    ),
    "a title of one's own for the alternative text": Edit(
        on_slides(partial(slides.describe_by_title, text="Mine"), 7),
        ('slide 7: the alt text stays "Mine", as you wrote it: see',),
    ),
    "the caption in a text box": Edit(
        with_pptx(slides.quote_notes),
        (
            'slide 3: the notes and the text still say "3 steps are to come.": write "5 steps are',
            NEW,
        ),
    ),
    "Strict Open XML": Edit(with_archive(packages.make_strict), (*ALL, NEW)),
    "on a layout": Edit(
        with_archive(packages.to_layout),
        (f"on a layout of slides 1-7: arriving, arrive: {BOTH}", NEW),
        6,
    ),
    "blanks in names": Edit(with_archive(packages.percent_signs), (*ALL, NEW)),
    "names in capitals": Edit(
        with_archive(lambda archive: archive.replace("../media/", "../MEDIA/", r"\.rels$")), ALL
    ),
    "a show": Edit(
        packages.content_type("openxmlformats-officedocument.presentationml.slideshow", ".ppsx"),
        ALL,
    ),
    "a template": Edit(
        packages.content_type("openxmlformats-officedocument.presentationml.template", ".potx"),
        ALL,
    ),
    "with macros": Edit(
        packages.content_type("ms-powerpoint.presentation.macroEnabled", ".pptm"), ALL
    ),
    "a still alone and as a background": Edit(
        with_pptx(slides.still_alone), ("slides 7-8: arriving, arrive: picture swapped",)
    ),
    "inserted by hand": Edit(slides.insert_by_hand, (f"slide 8: stepping: {BOTH}",), 8),
    "beside itself": Edit(
        on_slides(slides.beside_itself, 3),
        (f"slide 3: stepping, start: {BOTH}",),
        8,
    ),
    "without the extension": Edit(with_archive(each_slide(slides.without_extension)), (*ALL, NEW)),
    "in UTF-16": Edit(with_archive(packages.in_utf16), (*ALL, NEW)),
    "media without a name": Edit(with_archive(packages.nameless), (*ALL, NEW)),
    "absolute targets": Edit(with_archive(packages.absolute), (*ALL, NEW)),
    "copies of one still": Edit(with_archive(packages.copies), (*ALL, NEW)),
    "one still for all": Edit(with_archive(packages.shared), (*ALL, NEW)),
    "with an animation": Edit(
        on_slides(slides.animate, 3), ("slide 3: alt text and length replaced", NEW)
    ),
    "a still in a SmartArt": Edit(
        with_archive(packages.in_smartart),
        (*ALL, "slide 1: arriving, arrive: picture swapped", NEW),
    ),
    "a still in the notes": Edit(
        with_archive(packages.in_notes), (*ALL, "slide 1: arriving, arrive: picture swapped", NEW)
    ),
    "a still in the notes of its own slide, posters as JPEG": Edit(
        lambda path: with_archive(partial(packages.in_notes, slide=7, is_shared=True))(
            on_posters(lambda image, _: media.saved(media.image(image), "jpeg"), "jpg")(path)
        ),
        (*ALL, NEW),
    ),
    "signed": Edit(with_archive(packages.sign), (*ALL, NEW, SIGNED)),
    "notes around the caption": Edit(
        with_pptx(slides.change_notes),
        ('slide 3: the notes still say "3 steps are to come.": write "5 steps are to come."',),
    ),
    "on the master": Edit(
        with_archive(packages.to_master),
        (f"on a master of slides 1-7: arriving, arrive: {BOTH}", NEW),
        6,
    ),
    "small posters": Edit(
        on_posters(lambda image, _: media.saved(media.image(image).resize((200, 112)))), (*ALL, NEW)
    ),
    "posters of few colors": Edit(
        on_posters(lambda image, _: media.saved(media.image(image).quantize(16))), (*ALL, NEW)
    ),
    "a poster cropped": Edit(
        on_posters(
            lambda image, _: media.saved(media.image(image).crop((0, 0, 200, 480))), "png", 7
        ),
        ("slide 7: arriving, arrive: picture left (it shows no frame of its video: if",),
    ),
    "a poster that cannot be read": Edit(
        on_posters(lambda *_: b"\x01\0\0\0 a metafile", "emf", 7),
        ("slide 7: arriving, arrive: picture left (it cannot be compared with its video: see",),
    ),
    "Strict, saved by Impress": Edit(
        lambda path: saved_by_impress(with_archive(packages.make_strict)(path), "pptx"),
        (NEW,),
        7,
        "soffice",
    ),
    "saved by Impress": Edit(lambda path: saved_by_impress(path, "pptx"), (NEW,), 7, "soffice"),
}
for way in ("odp pptx", "pptm", "ppsx", "potx", "odp pptx odp pptx", "pptx odp pptm"):
    EDITS[f"saved by Impress as {way}"] = Edit(
        lambda path, way=way: saved_by_impress(path, *way.split()), (NEW,), 7, "soffice"
    )
