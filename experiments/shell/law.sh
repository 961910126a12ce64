# Averages spread.csv over all crowds and fits a line through the origin.
set -eu

cat "$REPRISE_INPUT_crowds"/*/spread.csv | awk -F, '
$1 == "step" { crowds++; next } # a header begins each file
{ sum[$1] += $2; if ($1 > last) last = $1 + 0 }
END {
  print "step,squared_distance" > "spread.csv"
  for (step = 1; step <= last; step++) {
    mean = sum[step] / crowds
    printf "%d,%.6f\n", step, mean > "spread.csv"
    xy += step * mean
    xx += step * step
  }
  printf "{\"slope\": %.6f, \"crowds\": %d}\n", xy / xx, crowds > "metrics.json"
  printf "%d crowds: squared distance = %.4f x steps\n", crowds, xy / xx > "report.txt"
}'
cat report.txt # what a program prints is in: reprise logs experiments/shell law
