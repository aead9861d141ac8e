"""Chinese messages of optimisation: schedules, batch size, early stopping, averages, forgetting."""

CHINESE: dict[str, str] = {
    'schedule.{field} has no effect with "{name}"; it belongs to {names}': (
        "schedule.{field} 对“{name}”不起作用；它属于 {names}"
    ),
    "batch_warmup.start_rows = {start} must be a divisor of batch_rows = {rows}, smaller than it,"
    " and a multiple of micro_batch_rows = {micro}": (
        "batch_warmup.start_rows = {start} 必须是 batch_rows = {rows} 的约数且小于它，"
        "并且是 micro_batch_rows = {micro} 的倍数"
    ),
    'batch_warmup has no place in row_order = "contiguous": every row of a batch goes on where the'
    " one before it stopped": (
        'row_order = "contiguous" 时不能使用 batch_warmup：批次中的每一行都接着前一批的同一行继续'
    ),
}
