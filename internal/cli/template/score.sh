# Estimates pi from the darts within the quarter of a circle. The folder of the
# input that experiment.hcl calls throw is in REPRISE_INPUT_throw.
awk -F, '
  NR > 1 { darts++; if ($1 * $1 + $2 * $2 < 1) inside++ }
  END { printf "{\"pi\": %.6f}\n", 4 * inside / darts }
' "$REPRISE_INPUT_throw/darts.csv" > metrics.json
