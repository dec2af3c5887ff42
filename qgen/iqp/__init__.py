"""IQP Born machine: commuting gates, trained by their correlators, also where no classical computer samples them."""
