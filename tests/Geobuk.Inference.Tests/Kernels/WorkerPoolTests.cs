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
    public void For_NothingToDo_Returns()
    {
        using var pool = new WorkerPool(2);
        pool.For(0, null, &Count);
    }

    private static void Count(void* context, int index, int worker) => Interlocked.Increment(ref ((int*)context)[index]);
}
