"""A presentation for PowerPoint, Keynote and Impress: a slide per beat, which plays on arrival.

A title is hidden behind the video, for the outline and for screen readers. python-pptx places
videos that wait for a click. The timing here starts them, as PowerPoint itself writes it for a
video that starts automatically.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn

from descent._files.atomic_write import atomic_write
from understanding_gradients.cache.tempdirs import temporary_folder
from understanding_gradients.decks.properties import (
    HEIGHT,
    WIDTH,
    set_properties,
    set_widescreen,
)
from understanding_gradients.decks.slide import Slide, is_dark
from understanding_gradients.export.targets import new_file, writable_file

LAYOUT = "Title Only"
# The video is the first and only step of the slide's animation, and starts without a click.
AUTOPLAY = """\
<p:timing xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">
 <p:tnLst><p:par><p:cTn id="1" dur="indefinite" restart="never" nodeType="tmRoot"><p:childTnLst>
  <p:seq concurrent="1" nextAc="seek">
   <p:cTn id="2" dur="indefinite" nodeType="mainSeq"><p:childTnLst><p:par>
    <p:cTn id="3" fill="hold">
     <p:stCondLst>
      <p:cond delay="indefinite"/><p:cond evt="onBegin" delay="0"><p:tn val="2"/></p:cond>
     </p:stCondLst>
     <p:childTnLst><p:par><p:cTn id="4" fill="hold">
      <p:stCondLst><p:cond delay="0"/></p:stCondLst>
      <p:childTnLst><p:par>
       <p:cTn id="5" presetID="1" presetClass="mediacall" presetSubtype="0" fill="hold"
         nodeType="afterEffect">
        <p:stCondLst><p:cond delay="0"/></p:stCondLst>
        <p:childTnLst><p:cmd type="call" cmd="playFrom(0.0)"><p:cBhvr>
         <p:cTn id="6" dur="{milliseconds}" fill="hold"/>
         <p:tgtEl><p:spTgt spid="{shape}"/></p:tgtEl>
        </p:cBhvr></p:cmd></p:childTnLst>
       </p:cTn>
      </p:par></p:childTnLst>
     </p:cTn></p:par></p:childTnLst>
    </p:cTn>
   </p:par></p:childTnLst></p:cTn>
   <p:prevCondLst><p:cond evt="onPrev" delay="0">
    <p:tgtEl><p:sldTgt/></p:tgtEl>
   </p:cond></p:prevCondLst>
   <p:nextCondLst><p:cond evt="onNext" delay="0">
    <p:tgtEl><p:sldTgt/></p:tgtEl>
   </p:cond></p:nextCondLst>
  </p:seq>
  <p:video><p:cMediaNode vol="80000">
   <p:cTn id="7" fill="hold" display="0">
    <p:stCondLst><p:cond delay="indefinite"/></p:stCondLst>
   </p:cTn>
   <p:tgtEl><p:spTgt spid="{shape}"/></p:tgtEl>
  </p:cMediaNode></p:video>
 </p:childTnLst></p:cTn></p:par></p:tnLst>
</p:timing>
"""


def place(output: Path | None, media: Path) -> Path:
    """Return the path that a presentation is written to."""
    return writable_file(output or new_file(media / "lecture.pptx"), ".pptx")


def write(write_slides: Callable[[Path], Iterable[Slide]], path: Path, title: str) -> Path:
    """Write a presentation to the path that `place` returned, and return that path."""
    deck = Presentation()
    set_widescreen(deck)
    with temporary_folder() as folder, atomic_write(path) as unfinished:
        slides = list(write_slides(folder))
        set_properties(deck, title, slides[0].still)
        set_background(deck, slides[0].background)
        for slide in slides:
            add_slide(slide, deck)
        deck.save(str(unfinished))
    return path


def set_background(deck: Any, color: tuple[int, int, int]) -> None:
    """Give every slide the background of the film, and text that is readable on it."""
    fill = deck.slide_master.background.fill
    fill.solid()
    fill.fore_color.rgb = RGBColor(*color)
    if is_dark(color):
        color_map = deck.slide_master.element.find(qn("p:clrMap"))
        for role, other in (("bg1", "tx1"), ("bg2", "tx2")):
            before = color_map.get(role)
            color_map.set(role, color_map.get(other))
            color_map.set(other, before)


def add_slide(slide: Slide, deck: Any) -> None:
    """Add `slide` to `deck`."""
    page = deck.slides.add_slide(deck.slide_layouts.get_by_name(LAYOUT))
    page.shapes.title.text = slide.title
    movie = page.shapes.add_movie(
        str(slide.video),
        0,
        0,
        WIDTH,
        HEIGHT,
        poster_frame_image=str(slide.still),
        mime_type="video/mp4",
    )
    movie.name = slide.video.stem
    movie.element.nvPicPr.cNvPr.set("descr", slide.description)
    timing = parse_xml(
        AUTOPLAY.format(shape=movie.shape_id, milliseconds=round(slide.seconds * 1000))
    )
    page.element.replace(page.element.find(timing.tag), timing)
    page.notes_slide.notes_text_frame.text = slide.caption
