"""Which classical building blocks do several families share?"""
