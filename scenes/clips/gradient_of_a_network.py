"""The gradient of a network: one partial derivative for each weight and each bias."""

from __future__ import annotations

from typing import Any

from descent.text.numbers import fixed
from scenes import style
from scenes.facts.partials import of_layer, partials
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.network.gradient_column import GradientColumn, ParameterCount
from scenes.mobjects.network.gradient_formula import GradientFormula
from scenes.mobjects.network.network_diagram import NetworkDiagram
from scenes.mobjects.network.signed_line import PartialKey
from scenes.typesetting.markup import colored, numeral
from scenes.wording import network as wording


class GradientOfANetwork(LectureScene):
    """Every parameter of a network gets its partial; together they are the gradient."""

    slug = "gradient-of-a-network"

    def construct(self) -> None:
        """Draw the network, let the partials arrive from the loss backwards, collect them."""
        self.network: Any = self.inputs["network"]
        self.every = partials(self.network)
        self.layers = len(self.network.weights)
        self.add_title()
        self.show_network()
        self.count_parameters()
        self.show_loss()
        for layer in range(self.layers, 0, -1):
            self.reach(layer)
        self.collect()
        self.name_gradient()

    def show_network(self) -> None:
        """Draw neurons and edges."""
        sentence = wording.describe_network(self.network)
        self.beat("network", sentence, f"{sentence}.")
        self.diagram = NetworkDiagram(self.network)
        self.play(self.diagram.appear(), run_time=style.HOLD)
        self.hold()

    def count_parameters(self) -> None:
        """Count the weights and biases, layer by layer."""
        self.count = ParameterCount(self.network)
        total = self.count.total
        sentence = wording.describe_count(self.network, total)
        self.beat("parameters", sentence, f"There are {total} parameters.")
        self.play(self.diagram.name_layers(), FadeIn(self.count), run_time=style.MOVE)
        self.hold()

    def show_loss(self) -> None:
        """Show the one number that all of them make."""
        loss = self.network.loss
        value = colored("loss", f"$Theta =$ {numeral(loss)}")
        caption = f"Together they make one loss, {fixed(loss)}."
        self.beat("loss", f"Together they make one loss, {value}", caption)
        self.play(self.diagram.show_loss(), run_time=style.MOVE)
        self.hold()

    def reach(self, layer: int) -> None:
        """Let the partials of `layer` arrive."""
        first = layer == self.layers
        here = of_layer(self.every, layer)
        largest = max(one.size for one in self.every)
        sentence = wording.describe_layer(self.every, layer, first)
        self.beat(f"layer-{layer}", sentence, f"The partial derivatives of layer {layer} arrive.")
        key = [FadeIn(PartialKey(self.every, self.diagram.widest))] if first else []
        arriving = self.diagram.show_partials(layer, here, largest)
        self.play(arriving, *key, run_time=style.BEAT)
        self.hold()

    def collect(self) -> None:
        """Put the partials one after the other into a column."""
        self.column = GradientColumn(self.every)
        sentence = wording.describe_collecting(len(self.every), len(self.column.rows))
        self.beat("collect", sentence, f"{sentence}.")
        self.play(FadeOut(self.count), self.column.appear(), run_time=style.BLINK)
        for layer in range(1, self.layers + 1):
            for kind in "Wb":
                for row in self.column.collect(layer, kind, self.diagram.flying):
                    self.play(row, run_time=style.BLINK)
        self.hold()

    def name_gradient(self) -> None:
        """Say what the column is."""
        sentence = wording.describe_gradient(self.every)
        self.beat("gradient", sentence, f"{sentence}.")
        formula = GradientFormula(self.layers, self.diagram.heads)
        rest = self.column.count_hidden()
        self.play(*formula.gather(), *rest, run_time=style.BEAT)
        self.hold(style.HOLD)
