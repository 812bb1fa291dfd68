namespace Geobuk.Inference.Kernels;

/// <summary>
/// Any number of matrix products as one parallel loop over tiles of rows: q, k and v; gate and up; the projections of heads or of
/// experts, each with inputs of its own.
/// </summary>
internal sealed unsafe class MatrixLoop : IDisposable
{
    private const int TilesPerThread = 8;

    private readonly NativeBuffer<MatrixJob> _jobs;
    private readonly NativeBuffer<int> _tileEnds;
    private int _count;

    /// <summary>Room for so many products.</summary>
    public MatrixLoop(int mostJobs)
    {
        _jobs = new NativeBuffer<MatrixJob>(mostJobs);
        _tileEnds = new NativeBuffer<int>(mostJobs);
    }

    /// <summary>Adds a product.</summary>
    public void Add(in MatrixJob job)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(_count, _jobs.Length);
        _jobs.Pointer[_count++] = job;
    }

    /// <summary>Computes the products that were added and forgets them; worker n uses scratch + n * scratchBytes.</summary>
    public void Run(WorkerPool pool, byte* scratch, long scratchBytes)
    {
        long rows = 0;
        for (var i = 0; i < _count; i++) rows += _jobs.Pointer[i].Rows;
        var context = new LoopContext
        {
            Jobs = _jobs.Pointer,
            TileEnds = _tileEnds.Pointer,
            Scratch = scratch,
            ScratchBytes = scratchBytes,
            // Whole tiles of four rows; the size changes who computes a row, never how.
            TileRows = (int)Math.Clamp((rows / (pool.Threads * TilesPerThread) + 3) & -4, 4, 64),
        };
        var tiles = 0;
        for (var i = 0; i < _count; i++) _tileEnds.Pointer[i] = tiles += (_jobs.Pointer[i].Rows + context.TileRows - 1) / context.TileRows;
        context.Count = _count;
        _count = 0;
        pool.For(tiles, &context, &Tile);
    }

    public void Dispose()
    {
        _jobs.Dispose();
        _tileEnds.Dispose();
    }

    private static void Tile(void* context, int tile, int worker)
    {
        unchecked
        {
            var loop = (LoopContext*)context;
            var (low, high) = (0, loop->Count - 1);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (tile < loop->TileEnds[middle]) high = middle;
                else low = middle + 1;
            }
            if (low > 0) tile -= loop->TileEnds[low - 1];
            var job = loop->Jobs + low;
            var first = tile * loop->TileRows;
            job->Kernel(job, first, Math.Min(first + loop->TileRows, job->Rows), loop->Scratch + worker * loop->ScratchBytes);
        }
    }

    private struct LoopContext
    {
        public MatrixJob* Jobs;
        public int* TileEnds;
        public byte* Scratch;
        public long ScratchBytes;
        public int TileRows;
        public int Count;
    }
}
