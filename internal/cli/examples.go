package cli

// examples of commands, by their paths below reprise: of the experiment that init
// writes, in the order in which the reference has the commands.
var examples = map[string]string{
	"init": "reprise init darts",
	"fmt": `
reprise fmt darts            # lay out the files of a folder
reprise fmt --check darts    # for CI: change nothing, exit 3 where a file would`,
	"validate": `
reprise validate darts`,
	"plan": `
reprise plan darts
reprise plan darts --var seeds=10`,
	"run": `
reprise run darts
reprise run darts --var seeds=3 --tag draft
reprise run darts --only 'throw[darts=250,seed=0]'
reprise run darts --rerun score --junit junit.xml --summary summary.md`,
	"status": "reprise status darts",
	"why":    "reprise why darts 'score[darts=250,seed=0]'",
	"show": `
reprise show darts 'throw[darts=250,seed=0]'          # what there is
reprise show darts 'throw[darts=250,seed=0]' darts    # the first rows of a table`,
	"logs": "reprise logs darts 'score[darts=250,seed=0]'",
	"graph": `
reprise graph darts --format mermaid
reprise graph darts --tasks > darts.dot`,
	"report": `
reprise report darts
reprise report darts --compare draft -o since-draft.html`,
	"ui": "reprise ui darts",
	"kinds": `
reprise kinds
reprise kinds fit_lrrnn`,
	"metrics": `
reprise metrics darts --over seed
reprise metrics darts score --sort -pi
reprise metrics darts --csv > darts.csv`,
	"runs": "reprise runs darts",
	"diff": `
reprise diff draft last
reprise diff last~1 last`,
	"baseline update": "reprise baseline update darts --dry-run    # exit 2 until a check has a baseline block",
	"lock": `
reprise lock darts
reprise run darts --locked`,
	"verify": `
reprise verify                                                        # every byte in the store
reprise verify darts --rebuild --only 'score[darts=250,seed=0]'       # run it again and compare`,
	"export": `
reprise export darts 'throw[darts=250,seed=0]' darts --to darts.parquet
reprise export darts 'throw[darts=250,seed=0]' --to everything/`,
	"gc": `
reprise gc                        # say what would go
reprise gc --keep 8w --delete`,
	"store info":    "reprise store info",
	"store compact": "reprise store compact",
	"version":       "reprise version",
	"completion":    "reprise completion bash > reprise.bash",
}
