"""Chinese messages of speech recognition."""

CHINESE: dict[str, str] = {
    "there is no recording {path}": "没有录音 {path}",
    "the archive is truncated or damaged": "压缩包不完整或已损坏",
    "there is no speaker '{name}'": "没有说话人“{name}”",
    "Copy it again.": "请重新复制。",
    "Set folder to where recordings/ or its archive .tar.gz lies.": (
        "请把 folder 设为 recordings/ 或其压缩包 .tar.gz 所在的位置。"
    ),
    'held_out_speakers has no effect without dataset = "free_spoken_digit"': (
        '没有 dataset = "free_spoken_digit" 时，held_out_speakers 不起作用'
    ),
    "tones need 4,000 samples a second at least": "双音至少需要每秒 4,000 个样本",
    "{count:,} {count:recording is|recordings are} resampled from {rate:,} to {wanted:,} samples"
    " a second": "{count:,} 段录音由每秒 {rate:,} 个样本重采样为 {wanted:,} 个",
    "the recording is empty": "录音为空",
    "the recording is truncated": "录音不完整",
    "the recording is longer than an hour": "录音超过一小时",
    "of {count:,} {count:recording|recordings} with several channels the mean is taken": (
        "{count:,} 段多声道录音取各声道的平均"
    ),
    "this is no WAV file of PCM samples": "这不是 PCM 的 WAV 文件",
    "{there:,} of {told:,} samples are there": "应有 {told:,} 个样本，只有 {there:,} 个",
    "Cut it into sentences.": "请按句切开。",
    "Convert it: ffmpeg -i {file} -c:a pcm_s16le NEW.wav": (
        "请转换：ffmpeg -i {file} -c:a pcm_s16le NEW.wav"
    ),
    "no recording has a text to learn from": "没有一段录音带有可学习的文本",
    "a recording has no text to learn from": "有一段录音没有可学习的文本",
    "{params:,} weights; {count} characters are written: {alphabet}": (
        "{params:,} 个权重；可写出 {count} 个字符：{alphabet}"
    ),
    "{count:,} {count:recording is|recordings are} too short for their text and teach nothing": (
        "{count:,} 段录音短得写不下其文本，学不到东西"
    ),
    "more recordings, above all by other speakers: every one is already changed a little each time"
    " it is read": "增加录音，尤其是其他说话人的：现有录音每次读取时已略有改动",
    "a smaller network: {params:,} weights learn from {characters:,} characters;"
    " speech.d_hidden = {better} (now {now})": (
        "缩小网络：{params:,} 个权重只从 {characters:,} 个字符中学习；"
        "speech.d_hidden = {better}（现为 {now}）"
    ),
    "the recordings have {rate:,} samples a second, and the network hears {heard:,}": (
        "录音每秒 {rate:,} 个样本，而网络听的是 {heard:,} 个"
    ),
    "a language model does not hear": "语言模型听不了声音",
    "the network does not write {characters}": "网络写不出 {characters}",
    "Set sample_rate_hz of the task, or of the section speech.": (
        "请设置任务的 sample_rate_hz，或 speech 一节的 sample_rate_hz。"
    ),
    'Use init_from = "scratch", or the folder of a network that hears.': (
        '请用 init_from = "scratch"，或一个语音识别网络的文件夹。'
    ),
    "it writes {alphabet}": "它能写出 {alphabet}",
    'Use init_from = "scratch".': '请用 init_from = "scratch"。',
    "this model reads texts; it does not hear": "这个模型读文本，不听声音",
    "a network that hears reads one path a row": "语音识别网络每行读一个路径",
    "this model hears; it reads no text": "这个模型听声音，不读文本",
    "there is no recording in this folder": "这个文件夹里没有录音",
    "{bands} bands are more than a window of {samples} samples tells apart": (
        "{bands} 个频带超出 {samples} 个样本的窗口所能分辨的"
    ),
    "a character stands twice in the alphabet": "字母表里有重复的字符",
    "this model does not hear": "这个模型不听声音",
    "its config.json says {name}": "它的 config.json 写的是 {name}",
}
