# Walks WALKERS walkers for STEPS steps of length one, each left or right.
# Writes spread.csv, the mean squared distance from the start after each step,
# and metrics.json. Each awk has random numbers of its own, so these come from
# the generator of Park and Miller, which gives the same everywhere.
set -eu

awk -v seed="$SEED" -v steps="$STEPS" -v walkers="$WALKERS" '
function coin() {
  state = (48271 * state) % 2147483647
  return state < 1073741824 ? -1 : 1
}
BEGIN {
  state = 1 + seed * 7919
  for (i = 0; i < 100; i++) coin() # small seeds are all alike at first
  print "step,squared_distance" > "spread.csv"
  for (step = 1; step <= steps; step++) {
    sum = 0
    for (w = 1; w <= walkers; w++) {
      at[w] += coin()
      sum += at[w] * at[w]
    }
    printf "%d,%.6f\n", step, sum / walkers > "spread.csv"
  }
  printf "{\"squared_distance\": %.6f}\n", sum / walkers > "metrics.json"
}'
