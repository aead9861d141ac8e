"""Layers for one device: norms, rotary positions, attention, feed-forward, blocks, the cache.

Nothing here knows a model family, a file format or that there may be other devices.

Shapes, one legend for the whole repository: `B` batch, `T` query time, `S` source or key time,
`D` model width, `N` heads, `K` key-value heads, `H` head width, `F` feed-forward width,
`V` vocabulary, `L` layers.
"""
