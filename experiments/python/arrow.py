"""Reads the tables of an input of a stage."""

import os

import pyarrow as pa


def read(name, table):
    """Returns a table of the input of that name."""
    folder = os.environ["REPRISE_INPUT_" + name]
    return pa.ipc.open_file(os.path.join(folder, table + ".arrow")).read_all()


def matrix(column):
    """Returns a column with an array in each row as rows x values."""
    cells = column.combine_chunks()
    return cells.flatten().to_numpy().reshape(len(cells), -1)
