namespace Geobuk.Inference.Kernels;

/// <summary>
/// Any number of matrix products as one parallel loop over tiles of rows: q, k and v; gate and up; the projections of heads or of
/// experts, each with inputs of its own.
/// </summary>
internal sealed unsafe class MatrixLoop : IDisposable
{
    private const int TilesPerThread = 8, TilesPerThreadOfOneToken = 32;
    private const int MostTileRows = 256;
    private const int LeastTileTokens = 32;

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
        var tokens = 0;
        for (var i = 0; i < _count; i++)
        {
            rows += _jobs.Pointer[i].Rows;
            tokens = Math.Max(tokens, _jobs.Pointer[i].Tokens);
        }
        // Pairs of panels of 16 rows; the sizes change who computes what, never how.
        var tileRows = (int)Math.Clamp((rows / (pool.Active * (tokens == 1 ? TilesPerThreadOfOneToken : TilesPerThread)) + 31) & -32, 32, MostTileRows);
        // Where rows do not occupy the threads, tokens are divided too.
        var parts = (int)Math.Clamp(TilesPerThread / 2 * pool.Active * tileRows / Math.Max(rows, 1), 1, Math.Max(tokens / LeastTileTokens, 1));
        var context = new LoopContext
        {
            Jobs = _jobs.Pointer,
            TileEnds = _tileEnds.Pointer,
            Scratch = scratch,
            ScratchBytes = scratchBytes,
            TileRows = tileRows,
            TileTokens = ((tokens + parts - 1) / parts + 3) & -4,
        };
        var tiles = 0;
        for (var i = 0; i < _count; i++)
            _tileEnds.Pointer[i] = tiles += Tiles(_jobs.Pointer[i].Rows, context.TileRows) * Tiles(_jobs.Pointer[i].Tokens, context.TileTokens);
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
            var rowTiles = Tiles(job->Rows, loop->TileRows);
            var row = tile % rowTiles * loop->TileRows;
            var token = tile / rowTiles * loop->TileTokens;
            job->Kernel(job, row, Math.Min(row + loop->TileRows, job->Rows), token, Math.Min(token + loop->TileTokens, job->Tokens),
                loop->Scratch + worker * loop->ScratchBytes);
        }
    }

    private static int Tiles(int size, int tile) => (size + tile - 1) / tile;

    private struct LoopContext
    {
        public MatrixJob* Jobs;
        public int* TileEnds;
        public byte* Scratch;
        public long ScratchBytes;
        public int TileRows;
        public int TileTokens;
        public int Count;
    }
}
