# sh throw.sh NUMBER SEED: throws darts at the unit square, and writes where they
# landed. The generator is written out, so that a seed gives the same anywhere.
awk -v number="$1" -v seed="$2" '
  function draw() { state = (state * 16807) % 2147483647; return state / 2147483647 }
  BEGIN {
    state = seed * 7919 + 12345
    for (i = 0; i < 10; i++) draw()
    print "x,y"
    for (i = 0; i < number; i++) printf "%.6f,%.6f\n", draw(), draw()
  }' > darts.csv
