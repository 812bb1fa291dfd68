using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Tests.Kernels;

public unsafe class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void For_ManyShortLoops_RunsEveryIndexOnce(int threads)
    {
        using var pool = new WorkerPool(threads);
        var counts = new int[50];
        fixed (int* context = counts)
        {
            for (var loop = 1; loop <= 600; loop++)
            {
                pool.For(counts.Length, context, &Count);
                if (loop % 150 == 0) Thread.Sleep(5);
                Assert.All(counts, count => Assert.Equal(loop, count));
            }
        }
    }

    [Fact]
    public void For_WithFewerActiveThreads_RunsEveryIndexOnceByThoseAlone()
    {
        using var pool = new WorkerPool(5);
        var counts = new int[40];
        var workers = new int[5];
        fixed (int* first = counts, second = workers)
        {
            var context = stackalloc int*[2] { first, second };
            for (var loop = 1; loop <= 400; loop++)
            {
                pool.Active = 1 + loop * 7 % 5;
                Array.Clear(workers);
                pool.For(counts.Length, context, &CountByWorker);
                if (loop % 90 == 0) Thread.Sleep(5);
                Assert.All(counts, count => Assert.Equal(loop, count));
            }
            // A thread that has seen that it does not take part stays away.
            pool.Active = 2;
            Thread.Sleep(50);
            pool.For(counts.Length, context, &CountByWorker);
            Array.Clear(workers);
            for (var loop = 0; loop < 100; loop++) pool.For(counts.Length, context, &CountByWorker);
            Assert.Equal(100 * counts.Length, workers[0] + workers[1]);
        }
    }

    private static void CountByWorker(void* context, int index, int worker)
    {
        Count(((int**)context)[0], index, worker);
        Interlocked.Increment(ref ((int**)context)[1][worker]);
    }

    [Fact]
    public void For_NothingToDo_Returns()
    {
        using var pool = new WorkerPool(2);
        pool.For(0, null, &Count);
    }

    private static void Count(void* context, int index, int worker) => Interlocked.Increment(ref ((int*)context)[index]);
}
