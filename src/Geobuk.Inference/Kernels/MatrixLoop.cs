namespace Geobuk.Inference.Kernels;

/// <summary>Up to three matrix products over the same inputs as one parallel loop over tiles of rows (q, k, v; gate, up).</summary>
internal unsafe ref struct MatrixLoop
{
    private const int MostJobs = 3;
    private const int TilesPerThread = 8;

    private LoopContext _context;

    /// <summary>A loop whose worker n uses scratch + n * scratchBytes.</summary>
    public MatrixLoop(byte* scratch, long scratchBytes)
    {
        _context.Scratch = scratch;
        _context.ScratchBytes = scratchBytes;
    }

    /// <summary>Adds a product.</summary>
    public void Add(in MatrixJob job)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(_context.Jobs, MostJobs);
        *_context.Job(_context.Jobs++) = job;
    }

    /// <summary>Computes all products.</summary>
    public void Run(WorkerPool pool)
    {
        var rows = 0;
        for (var i = 0; i < _context.Jobs; i++) rows += _context.Job(i)->Rows;
        // Whole tiles of four rows; the size changes who computes a row, never how.
        _context.TileRows = Math.Clamp((rows / (pool.Threads * TilesPerThread) + 3) & -4, 4, 64);
        var tiles = 0;
        for (var i = 0; i < _context.Jobs; i++) tiles += _context.Tiles(i);
        fixed (LoopContext* context = &_context) pool.For(tiles, context, &Tile);
    }

    private static void Tile(void* context, int tile, int worker)
    {
        unchecked
        {
            var loop = (LoopContext*)context;
            var job = 0;
            for (; tile >= loop->Tiles(job); job++) tile -= loop->Tiles(job);
            var first = tile * loop->TileRows;
            var end = Math.Min(first + loop->TileRows, loop->Job(job)->Rows);
            loop->Job(job)->Kernel(loop->Job(job), first, end, loop->Scratch + worker * loop->ScratchBytes);
        }
    }

    private struct LoopContext
    {
        public byte* Scratch;
        public long ScratchBytes;
        public int TileRows;
        public int Jobs;
        private MatrixJob _first, _second, _third;

        /// <summary>The loop lies on the stack of the thread that runs it, so the address is fixed.</summary>
        public MatrixJob* Job(int index)
        {
            unchecked
            {
                fixed (MatrixJob* job = &(index == 0 ? ref _first : ref index == 1 ? ref _second : ref _third)) return job;
            }
        }

        public int Tiles(int index)
        {
            unchecked { return (Job(index)->Rows + TileRows - 1) / TileRows; }
        }
    }
}
