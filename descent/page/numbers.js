// Tick labels and parameter names. Ticks depend on the size of the window. Sentences, other numbers,
// and the names of axes and rows come finished with the content.

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const NAME = /^([A-Za-zα-ωΑ-Ω])(\d{1,3})$/;
const LONGEST_NAME = 24;

const minus = (text) => text.replace("-", "−");

const power = (exponent) => "10" + [...String(exponent)].map((c) => RAISED[c]).join("");

// A tick label without trailing zeros: "0.072", "1.3·10⁻⁷".
function tickNumber(value, figures = 3) {
  if (value === 0) return "0";
  const [mantissa, exponent] = value.toExponential(figures - 1).split("e");
  if (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e5) {
    const places = Math.max(0, figures - 1 - Number(exponent));
    const written = value.toFixed(Math.min(places, 20));
    return minus(written.includes(".") ? written.replace(/\.?0+$/, "") : written);
  }
  return scientific(mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa, exponent);
}

function scientific(mantissa, exponent) {
  const raised = power(Number(exponent));
  if (mantissa === "1") return raised;
  return mantissa === "-1" ? `−${raised}` : `${minus(mantissa)}·${raised}`;
}

// Splits a name into base and subscript: "W1" is ["W", "1"]; other names have no subscript.
function symbol(name) {
  const parts = NAME.exec(name);
  if (parts) return [parts[1], parts[2]];
  return [name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name, ""];
}
