#!/bin/sh
# Guess: in a notebook that is not trusted, JupyterLab leaves out of HTML what could run code, and what is like something
# that stays stays too: captions beside a video, a drawing beside a picture.
# Found: a <video> and an <img> keep a data: URL in src, even one of an SVG. A <track> stays as an element, but its src is
# no attribute that the sanitizer knows, whatever the URL, so that the button for captions is there and shows nothing. An
# <svg> in the page goes without a trace, and so does aria-label. After "Trust Notebook", or once the cell has run, all
# of it is there: who tries a display by running it sees none of this.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent @jupyterlab/apputils@4.7.6
# JupyterLab's packages are modules without saying so.
cp node_modules/@jupyterlab/apputils/lib/sanitizer.js sanitizer.mjs
cat >finding.mjs <<'NODE'
import assert from "node:assert";
import { Sanitizer } from "./sanitizer.mjs";

const kept = (html) => {
    const left = new Sanitizer().sanitize(html);
    console.log(html, "\n    becomes", left || "nothing");
    return left;
};
console.log("Node", process.version, "@jupyterlab/apputils 4.7.6");
const video = kept('<video aria-label="A film" src="data:video/mp4;base64,AA">'
    + '<track kind="captions" label="English" src="data:text/vtt;base64,AA"></video>');
assert(video.includes('src="data:video/mp4;base64,AA"'));
assert(video.includes('<track kind="captions" label="English">'));
assert(!video.includes("aria-label"));
assert(!kept('<track kind="captions" src="captions.vtt">').includes("src"));
assert(kept('<img src="data:image/svg+xml;base64,AA">').includes("data:image/svg+xml;base64,AA"));
assert.equal(kept('<svg width="9" height="9"><polyline points="0,0 9,9"/></svg>'), "");
console.log("As found: the video stays and its captions go; an SVG stays as a picture and goes as an element.");
NODE
node finding.mjs
