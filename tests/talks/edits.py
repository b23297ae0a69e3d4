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

SWAPPED = tuple(f"slide {number}: stepping, step-{number - 3}: mp4 and png" for number in (4, 5, 6))
STEPS = ("slide 3: stepping, start: mp4 and png swapped", *(f"{one} swapped" for one in SWAPPED))
ALL = (*STEPS, "slide 7: arriving, arrive: mp4 and png swapped")
NEW = "stepping: on no slide: step-4, step-5"
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


LEFT_FILM = "slide 7: arriving, arrive: mp4 left (it was changed since it was made)"
LEFT_POSTER = "slide 7: arriving, arrive: png left (the film behind it is left)"
OTHERS = (*STEPS, LEFT_FILM, LEFT_POSTER)

EDITS: dict[str, Edit] = {
    "nothing": Edit(lambda path: path, (*ALL, NEW)),
    "parts renamed": Edit(with_archive(packages.rename_parts), (*ALL, NEW)),
    "moved, hidden and left out": Edit(
        with_pptx(slides.move_and_hide), ("slide 1: arriving, arrive: mp4 and png swapped", NEW), 6
    ),
    "a step left out": Edit(
        with_pptx(partial(slides.leave_out, slide=5)),
        ("slide 5: stepping, step-3: mp4 and png swapped", NEW),
        6,
    ),
    "a slide duplicated": Edit(
        with_pptx(lambda deck: slides.duplicate(deck, 3)),
        (
            "slides 3, 8: stepping, start: mp4 and png swapped",
            "slides 3, 8: alt text and length replaced",
            'slides 3, 8: its title still says "A step per beat, 1 of 4"; it is "A step per beat,',
            NEW,
        ),
        8,
    ),
    "another talk merged": Edit(
        slides.merge_other_talk,
        (*ALL, "slide 8: stepping, start: mp4 and png swapped", NEW),
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
            "slide 3: stepping, start: png left (it shows no frame of the film behind it)",
            "slide 7: arriving, arrive: png left (it shows no frame of the film behind it)",
        ),
    ),
    "a poster drawn upon": Edit(
        on_posters(
            lambda image, _: media.saved(media.drawn_upon(image), comment=media.comment_of(image)),
            "png",
            7,
        ),
        (f"slide 7: arriving, arrive: png left ({CHANGED})",),
    ),
    "a poster drawn upon without its mark": Edit(
        on_posters(lambda image, _: media.saved(media.drawn_upon(image)), "png", 7),
        ("slide 7: arriving, arrive: png left (it shows no frame of the film behind it)",),
    ),
    "a mark kept by what compresses": Edit(
        on_posters(
            lambda image, _: media.saved(media.image(image), comment=media.comment_of(image))
        ),
        ALL,
    ),
    "copied into another container": Edit(on_films(media.muxed_again, *range(1, 8)), ALL),
    "dubbed": Edit(on_films(partial(media.muxed_again, voice=True), 7), OTHERS, 6),
    "trimmed": Edit(on_films(partial(media.muxed_again, keep=lambda at: at < 4), 7), OTHERS, 6),
    "encoded again": Edit(
        on_films(media.encoded_again, 7), (*STEPS, "slide 7: ppt/media/", LEFT_POSTER), 6
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
            "slide 7: arriving, arrive: mp4 and png swapped (made from other settings called "
            "small.toml; an earlier version made it, so a change of it cannot be seen)",
            NEW,
        ),
    ),
    "linked": Edit(
        with_archive(partial(lambda archive: packages.link_films(archive, 3, 7))),
        (
            "slide 3: linked, not inside the talk: media3.mp4",
            "slide 7: linked, not inside the talk: media7.mp4",
            LEFT_POSTER,
        ),
        5,
    ),
    "all linked": Edit(
        with_archive(lambda archive: packages.link_films(archive, *range(1, 8))),
        ("slide 1: linked, not inside the talk: media1.mp4", LEFT_POSTER),
        0,
    ),
    "trimmed by PowerPoint": Edit(
        on_slides(slides.trim, 3),
        (
            "slide 3: its trim stays, 0.1 s at the start and 0.05 s at the end, of a clip that "
            "takes 1 s now",
            "slide 3: alt text and length replaced",
        ),
    ),
    "trimmed to more than there is today": Edit(
        on_slides(partial(slides.trim, start="200", end="100"), 7),
        ("slide 7: its trim stays",),
    ),
    "bookmarked": Edit(
        on_slides(partial(slides.trim, start="0", end="0", bookmark=True), 3),
        ("slide 3: its bookmarks are at the times of the clip before",),
    ),
    "going on by itself": Edit(
        on_slides(slides.advance, 3), ("slide 3: alt text and length replaced",)
    ),
    "going on after a while": Edit(
        on_slides(partial(slides.advance, seconds=9), 3),
        ("slide 3: the next slide follows after 9 s, as before; its clip takes 1 s now",),
    ),
    "another length": Edit(
        on_slides(partial(slides.play_for, milliseconds="4000"), 3),
        ("slide 3: it plays its clip for 4 s of 1 s",),
    ),
    "an alternative text of one's own": Edit(
        on_slides(partial(slides.describe, text="What happens next?"), 3, 7),
        ('slide 3: its alt text stays "What happens next?", but its clip now "5 steps are to',),
    ),
    "Strict Open XML": Edit(with_archive(packages.make_strict), (*ALL, NEW)),
    "on a layout": Edit(
        with_archive(packages.to_layout),
        ("on a layout of slides 1-7: arriving, arrive: mp4", NEW),
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
        with_pptx(slides.still_alone), ("slides 7-8: arriving, arrive: png swapped",)
    ),
    "inserted by hand": Edit(slides.insert_by_hand, ("slide 8: stepping: mp4 and png swapped",), 8),
    "beside itself": Edit(
        on_slides(slides.beside_itself, 3), ("slide 3: stepping, start: mp4 and png swapped",), 8
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
        with_archive(packages.in_smartart), (*ALL, "slide 1: arriving, arrive: png swapped", NEW)
    ),
    "a still in the notes": Edit(
        with_archive(packages.in_notes), (*ALL, "slide 1: arriving, arrive: png swapped", NEW)
    ),
    "signed": Edit(with_archive(packages.sign), (*ALL, NEW, SIGNED)),
    "notes around the caption": Edit(
        with_pptx(slides.change_notes),
        ('slide 3: its notes still say "3 steps are to come.", but its clip now "5 steps are',),
    ),
    "on the master": Edit(
        with_archive(packages.to_master),
        ("on a master of slides 1-7: arriving, arrive: mp4", NEW),
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
        ("slide 7: arriving, arrive: png left (it shows no frame of the film behind it)",),
    ),
    "a poster that cannot be read": Edit(
        on_posters(lambda *_: b"\x01\0\0\0 a metafile", "emf", 7),
        ("slide 7: arriving, arrive: png left (it cannot be compared with the film behind it)",),
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
