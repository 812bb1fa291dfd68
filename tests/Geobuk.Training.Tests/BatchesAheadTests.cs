using System.Collections.Concurrent;

namespace Geobuk.Training.Tests;

public sealed class BatchesAheadTests
{
    [Fact]
    public void Take_StepAfterStep_GivesEachOnceWithTheNextMadeMeanwhile()
    {
        var made = new ConcurrentQueue<(long Step, int Thread)>();
        using (var ahead = new BatchesAhead(step => { made.Enqueue((step, Environment.CurrentManagedThreadId)); return []; }))
        {
            ahead.Take(5);
            Assert.True(SpinWait.SpinUntil(() => made.Count == 2, TimeSpan.FromSeconds(10)));
            ahead.Take(6);
            // Another step than the one that was begun.
            ahead.Take(20);
        }
        Assert.Equal([5, 6, 7, 20, 21], made.Select(entry => entry.Step));
        Assert.Single(made.Select(entry => entry.Thread).Distinct());
        Assert.DoesNotContain(made, entry => entry.Thread == Environment.CurrentManagedThreadId);
    }

    [Fact]
    public void Take_WhatCannotBeMade_FailsInItsOwnStep()
    {
        using var ahead = new BatchesAhead(step => step == 1 ? throw new IOException("gone") : []);
        ahead.Take(0);
        Assert.Equal("gone", Assert.Throws<IOException>(() => ahead.Take(1)).Message);
        ahead.Take(2);
    }

    [Fact]
    public void Dispose_BeforeAnyStep_EndsAtOnce() => new BatchesAhead(_ => []).Dispose();
}
