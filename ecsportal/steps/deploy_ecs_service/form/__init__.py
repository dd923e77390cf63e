"""The form of "Deploy Amazon ECS Service"; `step_form` has it whole.

Nothing is imported here: parts of it are loaded late, by several threads and by other step types.
A package that imports its own parts would have two of them wait for each other, and one fail.
"""
