"""Chinese messages of `checkpoint.training_state`: checkpoints of a run over many processes."""

CHINESE: dict[str, str] = {
    # layout
    "two processes hold tensors of one name and different shape or dtype": (
        "两个进程上的同名张量形状或类型不同"
    ),
    "the processes together do not hold every value of this tensor once": (
        "各进程合起来没有恰好持有这个张量的每个数值一次"
    ),
    # manifest
    "this folder holds the checkpoint of another step": "这个文件夹里是另一步的检查点",
    "it is of step {step}": "它属于第 {step} 步",
    "this is a checkpoint of another program, which is never loaded": (
        "这是其他程序的检查点，从不载入"
    ),
    "Convert its weights to a model folder of safetensors in a safe place first.": (
        "请先在安全的环境中把其中的权重转换成 safetensors 模型文件夹。"
    ),
    "{name} is a Python pickle, which runs whatever code it holds when it is opened": (
        "{name} 是 Python pickle 文件，打开时会执行其中的任意代码"
    ),
    # writing and reading
    "the disk does not give back what was written": "从磁盘读回的内容与写入的不同",
    "Check this disk, and save to another one.": "请检查这块磁盘，并改存到别的磁盘上。",
    "this checkpoint does not fit the model": "这个检查点与模型不符",
    "{name} is {found} there and {wanted} here": "{name} 在那里是 {found}，在这里是 {wanted}",
    "the model has no place for {name}": "模型中没有 {name} 的位置",
    "Train with the settings that it was saved with, or begin anew.": (
        "请用保存它时的设置继续训练，或从头开始。"
    ),
    "two processes have read different values": "两个进程读到的数值不同",
    "the values that were read are not those that were saved": "读到的数值与保存的不同",
    "a checkpoint could not be saved in the background": "后台保存检查点失败",
    "another process met the error": "出错的是另一个进程",
    # lease
    "this folder of checkpoints cannot be written": "无法写入这个检查点文件夹",
    "Make room, or give another folder with --out.": ("请腾出空间，或用 --out 指定别的文件夹。"),
    "another process has taken over this folder of checkpoints": (
        "另一个进程已经接管了这个检查点文件夹"
    ),
    "This process is a leftover: end it, and let the other one go on.": (
        "这个进程是遗留下来的：请结束它，让另一个继续。"
    ),
    "another process is saving checkpoints here": "另一个进程正在这里保存检查点",
    "Wait for it to end; one that has vanished is replaced after {seconds} seconds.": (
        "请等它结束；已经消失的进程会在 {seconds} 秒后被接替。"
    ),
    "process {pid} on {machine}": "{machine} 上的进程 {pid}",
}
