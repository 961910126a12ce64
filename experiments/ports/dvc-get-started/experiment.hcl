# The pipeline of DVC's tutorial as a reprise experiment: which questions of a
# forum are about R? Compare with dvc.yaml and params.yaml beside it.
#
#   reprise run experiments/ports/dvc-get-started
#   reprise run experiments/ports/dvc-get-started --var ngrams=2    prepare is cached

experiment "get_started" {
  title = "Tagging the questions of a forum"
}

variable "split" { default = 0.20 }
variable "seed" { default = 20170428 }
variable "max_features" { default = 200 }
variable "ngrams" { default = 1 }
variable "steps" { default = 60 }
variable "rate" { default = 10 }

stage "exec" "prepare" {
  command = ["python3", "src/prepare.py", "data/posts.xml", var.split, var.seed, "."]
  files   = ["src/prepare.py", "data/posts.xml"]
  outputs = { train = "train.tsv", test = "test.tsv" }
}

stage "exec" "featurize" {
  command = ["sh", "-c", "python3 src/featurize.py $REPRISE_INPUT_prepared/files ${var.max_features} ${var.ngrams} ."]
  files   = ["src/featurize.py"]
  inputs  = { prepared = stage.prepare }
  outputs = { train = "train.json", test = "test.json" }
}

stage "exec" "train" {
  command = ["sh", "-c", "python3 src/train.py $REPRISE_INPUT_features/files/train.json ${var.steps} ${var.rate} model.json"]
  files   = ["src/train.py"]
  inputs  = { features = stage.featurize }
  outputs = { model = "model.json" }
}

stage "exec" "evaluate" {
  command = ["sh", "-c", "python3 src/evaluate.py $REPRISE_INPUT_model/files/model.json $REPRISE_INPUT_features/files/test.json ."]
  files   = ["src/evaluate.py"]
  inputs  = { model = stage.train, features = stage.featurize }
  outputs = { metrics = "metrics.json", roc = "roc.csv" }
}

check "ranks_well" {
  assert {
    condition     = stage.evaluate.metrics.roc_auc > 0.7
    error_message = "the area under the ROC curve is ${stage.evaluate.metrics.roc_auc}"
  }
}

output "metrics" {
  value = { average_precision = stage.evaluate.metrics.average_precision, roc_auc = stage.evaluate.metrics.roc_auc }
}
