"""The language-free middle: from the flow graph of a function to the facts of its waits.

In the order of reading (a test holds this list to what there is):

- the graph: `ir`, `build`, `files`, `loops`, `places`, `reach`, `kept`, `dataflow`, `draw`
- calls that wait: `waits`, `by_name`, `catalogue`, `configured`, `sites`, `bounds`, `tested`, `collected`
- one iteration under each outcome: `outcomes`, `values`, `state`, `evaluator`, `effects`, `caught`, `counted`,
  `explore`, `runs`, `unchanged`, `jumps`
- what an interrupt owes: `work`, `owed`, `spared`, `either`, `instead`, `arms`, `callees`, `due`, `feeds`, `tally`
- how an interrupt is handled: `handling`, `amends`, `deadlines`, `errno`, `fatal`, `giving_up`, `stale`
- what comes of it: `analysis`, `facts`, `particulars`, `stages`, `labels`
- what functions and files tell of each other: `learnt`, `waiting`, `summaries`, `bodies`, `project`, `signals`
"""
