"""Scores hours of keys: Isolation Forest and half-space trees. The first column says whether the hour lies in the
days at the beginning, on which the forest learns; the trees learn as they go on, as they are made to."""

import sys

import numpy as np
from river import anomaly
from sklearn.ensemble import IsolationForest

source, target, width = sys.argv[1], sys.argv[2], int(sys.argv[3])
rows = np.fromfile(source, dtype="<f4").reshape(-1, width)
first, numbers = rows[:, 0] > 0, rows[:, 1:]

forest = IsolationForest(n_estimators=200, max_samples=4096, random_state=1)
forest.fit(numbers[first])
by_forest = -np.concatenate([forest.score_samples(part) for part in np.array_split(numbers, 50)])

low, high = numbers[first].min(axis=0), numbers[first].max(axis=0)
scaled = np.clip((numbers - low) / np.maximum(high - low, 1e-6), 0, 1)
trees = anomaly.HalfSpaceTrees(n_trees=10, height=8, window_size=1000, seed=1)
by_trees = np.zeros(len(scaled), dtype="<f4")
names = list(range(scaled.shape[1]))
for place, row in enumerate(scaled.tolist()):
    hour = dict(zip(names, row))
    by_trees[place] = trees.score_one(hour)
    trees.learn_one(hour)

np.column_stack([by_forest.astype("<f4"), by_trees]).astype("<f4").tofile(target)
