#!/bin/sh
# Guess: a stream whose packets are copied with `add_stream_from_template` is labelled as it was.
# Found: PyAV leaves out the codec tag, and FFmpeg's muxer then writes the first tag that it knows for ProRes: "apch",
# which is 422 HQ and has no alpha, for a stream of 4444 with alpha, which is "ap4h". FFmpeg's decoder finds the alpha all
# the same, so that a test which only decodes the copy sees nothing; programs that go by the tag may drop it.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet av==18.1.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import av
import numpy as np

print("Python", platform.python_version(), "PyAV", av.__version__, av.library_versions)
pixels = np.full((64, 64, 4), (30, 180, 90, 128), np.uint8)
with av.open("whole.mov", "w") as file:
    stream = file.add_stream("prores_ks", rate=10)
    stream.width, stream.height, stream.pix_fmt = 64, 64, "yuva444p10le"
    for _ in range(3):
        file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgba")))
    file.mux(stream.encode(None))


def copy(name, with_tag):
    with av.open("whole.mov") as source, av.open(name, "w") as target:
        original = source.streams.video[0]
        copied = target.add_stream_from_template(original)
        if with_tag:
            copied.codec_context.codec_tag = original.codec_context.codec_tag
        for packet in source.demux(original):
            if packet.dts is not None:
                packet.stream = copied
                target.mux(packet)


def told(name):
    with av.open(name) as file:
        context = file.streams.video[0].codec_context
        alpha = next(file.decode(video=0)).to_ndarray(format="rgba")[..., 3].mean()
        return context.codec_tag, context.profile, round(float(alpha))


copy("copied.mov", with_tag=False)
copy("tagged.mov", with_tag=True)
for name in ("whole.mov", "copied.mov", "tagged.mov"):
    print(name, *told(name))
assert told("whole.mov")[:2] == ("ap4h", "4444")
assert told("copied.mov")[:2] == ("apch", "HQ")
assert told("tagged.mov")[:2] == ("ap4h", "4444")
assert told("copied.mov")[2] > 100
print("As found: the copy is labelled 422 HQ, and still has its alpha.")
PYTHON
