package main

import "slices"

// stories are all stories, in the order of the lines that they tell.
var stories = slices.Concat(closeStories, processStories, resetStories, ackStories, timeWaitStories,
	keepAliveStories, crashStories, edgeStories, limitStories)
