"""A run over files, in two phases, divided among processes, and what is kept of it for the next.

In the order of reading (a test holds this list to what there is):

- a run: `pipeline`, `results`
- phase one: `learning` over all files, `phase_one` over each; `headers` and `included` for what these include
- phase two, over each file: `phase_two`
- processes: `worker` is what one of them does for a file, `pool` divides the files among several
- what former runs came to: `cache`, `packing`, `unchanged`
"""
