"""Operations with one mistake each, of every kind that the checker can name."""
