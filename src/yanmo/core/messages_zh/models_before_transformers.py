"""Chinese messages of the models before the Transformer: recurrent, convolutional, feed-forward."""

CHINESE: dict[str, str] = {
    "two directions share d_hidden = {width}, which is odd": (
        "两个方向要平分 d_hidden = {width}，而它是奇数"
    ),
    "decoder_start_id = {id} is no entry of a vocabulary of {size}": (
        "decoder_start_id = {id} 不在大小为 {size} 的词表里"
    ),
}
