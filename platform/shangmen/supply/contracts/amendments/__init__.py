"""Supplementary contracts (补充合同): more money and units, or a later end, within what the law allows."""
