"""The gradient of a network: one partial derivative for each weight and each bias."""

from __future__ import annotations

from typing import Any

from scenes import style
from scenes.claims import first_true
from scenes.facts import chips
from scenes.facts.partials import of_layer, partials
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.network.gradient_column import GradientColumn, ParameterCount
from scenes.mobjects.network.gradient_formula import GradientFormula
from scenes.mobjects.network.network_diagram import NetworkDiagram
from scenes.mobjects.network.signed_line import PartialKey
from scenes.wording import network as wording
from understanding_gradients.lecture.network import MOST_FLAT


class GradientOfANetwork(LectureScene):
    """Every parameter of a network gets its partial; together they are the gradient."""

    slug = "gradient-of-a-network"

    def construct(self) -> None:
        """Draw the network, let the partials arrive from the loss backwards, collect them."""
        self.network: Any = self.inputs["network"]
        self.forward: Any = self.inputs["network_pass"]
        self.every = partials(self.network)
        self.layers = len(self.network.weights)
        self.add_title()
        self.show_network()
        self.count_parameters()
        self.standardise()
        self.go_forward()
        self.show_loss()
        for layer in range(self.layers, 0, -1):
            self.reach(layer)
        self.collect()
        self.name_gradient()
        self.generalise()

    def show_network(self) -> None:
        """Draw neurons and edges."""
        self.diagram = NetworkDiagram(self.network, self.forward, chips.NETWORK)
        self.add(*self.diagram.neurons)
        self.beat("network", wording.ANOTHER_MODEL, "A small network learns from the same rows.")
        self.play(self.diagram.connect(), run_time=style.BEAT)
        self.say(first_true(wording.edges_and_rings(self.network), wording.edges(self.network)))

    def count_parameters(self) -> None:
        """Count the weights and biases, tensor by tensor."""
        self.beat("parameters", caption=wording.caption_of_parameters(self.network))
        self.count = ParameterCount(self.network)
        self.play(self.diagram.name_layers(), FadeIn(self.count), run_time=style.MOVE)
        parameters = (wording.one_number_per_edge, wording.number_of_parameters)
        self.say(first_true(*(one(self.network) for one in parameters)))

    def standardise(self) -> None:
        """Say that the network is given standardised data, if it is."""
        why = wording.standardised(self.forward, MOST_FLAT)
        if why is not None:
            caption = "Standardised numbers have mean 0 and standard deviation 1."
            self.beat("standardised", caption=caption)
            self.play(self.diagram.note_standardised(), run_time=style.BLINK)
            self.say(why)

    def go_forward(self) -> None:
        """Let one row go through the network."""
        self.beat("forward", caption="Weigh, add the bias; tanh bends the sum into −1 … 1.")
        for values in self.diagram.show_values():
            self.play(values, run_time=style.MOVE)
        said = wording.row_forward(self.forward), wording.neurons_compute(self.forward)
        self.say(first_true(*said))

    def show_loss(self) -> None:
        """Show the one number that all of them make."""
        self.beat("loss", caption=wording.caption_of_loss(self.network))
        self.play(self.diagram.show_loss(), run_time=style.MOVE)
        losses = (wording.loss_of_all_rows, wording.loss_of_one_row)
        self.say(first_true(*(one(self.network, self.forward) for one in losses)))

    def reach(self, layer: int) -> None:
        """Let the partials of `layer` arrive."""
        first = layer == self.layers
        here = of_layer(self.every, layer)
        largest = max(one.size for one in self.every)
        prompt = wording.BACKWARDS if first else ""
        self.beat(f"layer-{layer}", prompt, wording.caption_of_layer(layer, self.layers))
        if first:
            self.key = PartialKey(self.every, self.diagram.widest)
            self.play(FadeIn(self.key), run_time=style.BLINK)
        self.play(self.diagram.show_partials(layer, here, largest), run_time=style.BEAT)
        claims = (wording.largest_of_layer, wording.layer_of_zeros, wording.layer_without_numbers)
        self.say(first_true(*(one(self.every, layer) for one in claims)))

    def collect(self) -> None:
        """Write the partials one after the other into a column."""
        self.column = GradientColumn(self.every)
        self.beat("collect", caption=wording.caption_of_counting(self.every))
        self.play(FadeOut(self.count), run_time=style.BLINK)
        self.play(self.column.appear(), run_time=style.BLINK)
        for one in self.column.rows:
            row = self.column.collect(one), *self.diagram.flash(one.key)
            self.play(*row, run_time=style.TIME_STEP)
        claims = (
            wording.largest_collected,
            wording.some_are_negative,
            wording.none_is_negative,
            wording.one_collected,
        )
        self.say(first_true(*(one(self.every, len(self.column.rows)) for one in claims)))

    def name_gradient(self) -> None:
        """Say what the column is."""
        self.beat("gradient", caption="Every tensor gives its partials to the list.")
        self.formula = GradientFormula(self.layers, self.diagram.heads)
        rest = self.column.count_hidden()
        self.play(FadeOut(self.key), run_time=style.BLINK)
        self.play(*self.formula.gather(), *rest, run_time=style.BEAT)
        claims = (wording.gradient_of_zeros, wording.gradient_alone, wording.gradient_together)
        self.say(first_true(*(one(self.every) for one in claims)))

    def generalise(self) -> None:
        """End on the formula of any network."""
        self.beat("general", wording.ANY_DEPTH, f"Here M is {self.layers}.")
        self.play(*self.formula.leave(), run_time=style.BLINK)
        self.play(*self.formula.generalise(), run_time=style.MOVE)
