# The workflow of Snakemake's tutorial as a reprise experiment: reads of three
# samples are mapped to a genome and variants called. tools/ has stand-ins for
# bwa, samtools and bcftools. Compare with the Snakefile beside it.
#
#   reprise run experiments/ports/snakemake-tutorial

experiment "snakemake_tutorial" {
  title = "Variants in three samples"
}

variable "samples" { default = ["A", "B", "C"] }

stage "exec" "map" {
  for_each = toset(var.samples)
  command  = ["sh", "-c", "tools/bwa mem data/genome.fa data/samples/${each.key}.fastq | tools/samtools view -Sb - > mapped.bam"]
  files    = ["tools/bwa", "tools/samtools", "data/genome.fa", "data/samples/${each.key}.fastq"]
  outputs  = { mapped = "mapped.bam" }
}

# Sorts and indexes; what belongs together is one stage.
stage "exec" "sort" {
  for_each = stage.map
  command  = ["sh", "-c", "tools/samtools sort $REPRISE_INPUT_reads/files/mapped.bam -o sorted.bam && tools/samtools index sorted.bam"]
  files    = ["tools/samtools"]
  inputs   = { reads = each.value }
  outputs  = { sorted = "sorted.bam", index = "sorted.bam.bai" }
}

stage "exec" "call" {
  command = ["sh", "-c", "tools/bcftools call data/genome.fa $REPRISE_INPUT_samples/*/files/sorted.bam > all.vcf"]
  files   = ["tools/bcftools", "data/genome.fa"]
  inputs  = { samples = stage.sort[*] }
  outputs = { calls = "all.vcf" }
}

stage "exec" "plot" {
  command = ["sh", "-c", "python3 scripts/plot_quals.py $REPRISE_INPUT_calls/files/all.vcf quals.svg"]
  files   = ["scripts/plot_quals.py"]
  inputs  = { calls = stage.call }
  outputs = { quals = "quals.svg" }
}
