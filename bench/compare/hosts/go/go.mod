module zest/bench/hosts

go 1.19

require zest/examples/go v0.0.0

replace zest/examples/go => ../../../../examples/go
