using Geobuk.Inference.Kernels;
using Geobuk.Inference.Weights;
using Geobuk.Models;

namespace Geobuk.Inference;

/// <summary>
/// What the blocks of a layer share during a step: the residual stream, its norm, the batch's positions and caches, and the
/// machinery of matrix products. Activations are [tokens, width], row-major.
/// </summary>
internal sealed unsafe class StepState : IDisposable
{
    /// <summary>Tokens whose logits are computed together, which bounds tokens x vocabulary.</summary>
    private const int LogitTokens = 16;

    private readonly List<IDisposable> _buffers = [];
    private readonly MatrixLoop _loop;
    private readonly float* _gateNarrow, _gateWide, _logits;
    private readonly int* _logitRows;
    private readonly long _matrixScratch;
    private readonly ActivationRows _quantized;
    private readonly double _rotaryScale;
    private NativeBuffer<byte> _scratch = new(0);

    public StepState(ModelWeights weights, KvLayout layout, WorkerPool pool, int capacity)
    {
        (Weights, Layout, Pool, Capacity) = (weights, layout, pool, capacity);
        Residual = Allocate<float>(capacity, Config.HiddenSize);
        Normed = Allocate<float>(capacity, Config.HiddenSize);
        Cosines = Allocate<float>(capacity, Config.RotarySize / 2);
        Sines = Allocate<float>(capacity, Config.RotarySize / 2);
        Positions = Allocate<int>(capacity, 1);
        Blocks = (byte***)Allocate<nint>(capacity, 1);
        _gateNarrow = Allocate<float>(capacity, Config.GatedNormRank);
        _gateWide = Allocate<float>(capacity, Config.GatedNormRank > 0 ? Config.HiddenSize : 0);
        _logits = Allocate<float>(LogitTokens, Config.VocabularySize);
        _logitRows = Allocate<int>(capacity, 1);
        var widest = WidestInput(Config);
        _quantized.Groups = Quantized(widest);
        _quantized.Supers = Quantized(widest);
        _matrixScratch = weights.Matrices.Max(matrix => Kernel(matrix).ScratchBytes((int)matrix.Columns));
        _rotaryScale = Config.Rope.AttentionScale();
        _buffers.Add(_loop = new MatrixLoop(Math.Max(4, Math.Max(Config.HeadCount, 2 * (Config.Mixture?.RoutedExperts ?? 0)))));
    }

    public ModelWeights Weights { get; }
    public ModelConfig Config => Weights.Config;
    public KvLayout Layout { get; }
    public WorkerPool Pool { get; }
    /// <summary>Most tokens of a step.</summary>
    public int Capacity { get; }
    /// <summary>Tokens of this step.</summary>
    public int Tokens { get; private set; }
    /// <summary>[tokens, hidden].</summary>
    public float* Residual { get; }
    /// <summary>The residual stream of this step's tokens.</summary>
    public Span<float> ResidualSpan => new(Residual, Tokens * Config.HiddenSize);
    /// <summary>[tokens, hidden].</summary>
    public float* Normed { get; }
    /// <summary>[tokens, rotary / 2].</summary>
    public float* Cosines { get; }
    /// <summary>[tokens, rotary / 2].</summary>
    public float* Sines { get; }
    /// <summary>[tokens]: the position in the token's sequence.</summary>
    public int* Positions { get; }
    /// <summary>[tokens]: the block table of the token's sequence.</summary>
    public byte*** Blocks { get; }
    /// <summary>Memory of worker n at Scratch + n * ScratchBytes.</summary>
    public byte* Scratch => _scratch.Pointer;
    public long ScratchBytes { get; private set; }
    /// <summary>Sees what every matrix is multiplied with.</summary>
    public MatrixInputVisitor? InputVisitor { get; set; }
    /// <summary>The loops that touch the cache.</summary>
    public required CacheKernels Cache { get; init; }

    /// <summary>Embeds the batch's tokens and computes the angles of their positions.</summary>
    /// <param name="batch">The tokens.</param>
    /// <param name="attentionScratch">Bytes a worker needs to attend over so many positions.</param>
    public void Begin(StepBatch batch, Func<int, long> attentionScratch)
    {
        Tokens = batch.Count;
        var longest = 0;
        for (var t = 0; t < Tokens; t++)
        {
            longest = Math.Max(longest, batch.Positions[t] + 1);
            Positions[t] = batch.Positions[t];
            Blocks[t] = batch.Caches[t].Blocks;
            Turn(t, batch.Positions[t]);
        }
        EnsureScratch(Math.Max(_matrixScratch, attentionScratch(longest)));
        var embedding = Weights.Embedding;
        for (var t = 0; t < Tokens; t++)
            embedding.DecodeRow(batch.Tokens[t], new Span<float>(Residual + (long)t * Config.HiddenSize, Config.HiddenSize));
    }

    /// <summary>normed = norm(residual).</summary>
    public void Norm(NormWeights norm)
    {
        fixed (float* w = norm.Scale)
        {
            var context = new NormContext { Source = Residual, Target = Normed, Weight = w, Width = Config.HiddenSize, Epsilon = (float)Config.NormEpsilon };
            Pool.For(Tokens, &context, &NormToken);
        }
        if (norm.GateDown is { } down && norm.GateUp is { } up) GateNorm(down, up);
    }

    /// <summary>output = W input for <paramref name="rows"/> rows, once <see cref="Run"/> is called. The input must have been prepared.</summary>
    public void Add(LinearWeights linear, float* input, float* output, int rows, bool accumulate = false)
    {
        InputVisitor?.Invoke(linear.Matrix.Name, 0, new ReadOnlySpan<float>(input, rows * linear.Inputs), rows);
        _loop.Add(Job(linear, input, output, rows, accumulate));
    }

    private MatrixJob Job(LinearWeights linear, float* input, float* output, int rows, bool accumulate) => new()
    {
        Kernel = Kernel(linear.Matrix).Multiply,
        Weights = linear.Matrix.Data,
        Panels = linear.Matrix.Panels(0),
        RowBytes = linear.Matrix.RowBytes,
        Rows = linear.Outputs,
        Columns = linear.Inputs,
        // Biases live in pinned arrays that the weights keep.
        Bias = linear.Bias is null ? null : (float*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(linear.Bias, 0),
        Tokens = rows,
        Input = _quantized with { Values = input },
        Output = output,
        Accumulate = accumulate,
    };

    /// <summary>As the other, for one matrix of a stack and rows of the prepared input from <paramref name="firstRow"/> on.</summary>
    public void Add(WeightTensor stack, int slice, float* input, float* output, int firstRow, int rows)
    {
        var columns = (int)stack.Columns;
        InputVisitor?.Invoke(stack.Name, slice, new ReadOnlySpan<float>(input + (long)firstRow * columns, rows * columns), rows);
        _loop.Add(new MatrixJob
        {
            Kernel = Kernel(stack).Multiply,
            Weights = stack.Slice(slice),
            Panels = stack.Panels(slice),
            RowBytes = stack.RowBytes,
            Rows = stack.SliceRows,
            Columns = columns,
            Tokens = rows,
            Input = (_quantized with { Values = input }).From(firstRow, columns),
            Output = output + (long)firstRow * stack.SliceRows,
        });
    }

    /// <summary>Computes the products that were added.</summary>
    public void Run() => _loop.Run(Pool, Scratch, ScratchBytes);

    /// <summary>Makes the 8-bit forms of <paramref name="rows"/> rows that the consumers read.</summary>
    public void Prepare(float* input, int width, int rows, params ReadOnlySpan<WeightTensor> consumers)
    {
        var context = new QuantizeContext { Rows = _quantized with { Values = input }, Width = width };
        foreach (var consumer in consumers)
        {
            context.Groups |= Kernel(consumer).InputBlock == ActivationRows.GroupSize;
            context.Supers |= Kernel(consumer).InputBlock == ActivationRows.SuperSize;
        }
        if (context.Groups || context.Supers) Pool.For(rows, &context, &QuantizeToken);
    }

    /// <summary>output = W input, for every token.</summary>
    public void Multiply(LinearWeights linear, float* input, float* output, bool accumulate = false)
    {
        Prepare(input, linear.Inputs, Tokens, linear.Matrix);
        Add(linear, input, output, Tokens, accumulate);
        Run();
    }

    /// <summary>Visits the logits of the batch's tokens that want them, in order; the visitor gets the index in the batch.</summary>
    public void Head(StepBatch batch, LogitsVisitor visit)
    {
        var wanted = 0;
        for (var t = 0; t < Tokens; t++)
        {
            if (batch.WantsLogits[t]) _logitRows[wanted++] = t;
        }
        for (var start = 0; start < wanted; start += LogitTokens)
        {
            var count = Math.Min(LogitTokens, wanted - start);
            HeadRows(_logitRows + start, count);
            for (var i = 0; i < count; i++)
                visit(_logitRows[start + i], new ReadOnlySpan<float>(_logits + (long)i * Config.VocabularySize, Config.VocabularySize));
        }
    }

    /// <summary>Adds the normed last hidden states of the batch's tokens to a sum, or puts the last one in its place.</summary>
    public void PoolInto(double[] sum, Pooling pooling)
    {
        for (var t = pooling == Pooling.Last ? Tokens - 1 : 0; t < Tokens; t++)
        {
            Elementwise.RmsNorm(Residual + (long)t * Config.HiddenSize, Weights.OutputNorm, Normed, (float)Config.NormEpsilon);
            for (var i = 0; i < sum.Length; i++) sum[i] = Normed[i] + (pooling == Pooling.Last ? 0 : sum[i]);
        }
    }

    /// <summary>Zeroed memory that lives as long as the state.</summary>
    public T* Allocate<T>(long rows, long width) where T : unmanaged
    {
        var buffer = new NativeBuffer<T>(rows * width);
        _buffers.Add(buffer);
        return buffer.Pointer;
    }

    public void Dispose()
    {
        _buffers.ForEach(buffer => buffer.Dispose());
        _scratch.Dispose();
    }

    /// <summary>Elements per token of the widest input of a product: of a mixture and of heads, all of a token's inputs together.</summary>
    private static int WidestInput(ModelConfig config)
    {
        var widest = Math.Max(Math.Max(config.HiddenSize, config.IntermediateSize), config.HeadCount * config.ValueHeadSize);
        if (config.Latent is { } latent)
            widest = Math.Max(Math.Max(widest, latent.QueryRank ?? 0), config.HeadCount * Math.Max(latent.PlainHeadSize, latent.KeyValueRank));
        if (config.Mixture is { } mixture)
            widest = Math.Max(Math.Max(widest, mixture.SharedIntermediateSize), mixture.ExpertsPerToken * Math.Max(config.HiddenSize, mixture.IntermediateSize));
        return widest;
    }

    private static MatrixKernel Kernel(WeightTensor matrix) => matrix.Kernel;

    /// <summary>Room for the 8-bit form of every token's widest input; a block or two more, as a row's last one may be cut off.</summary>
    private QuantizedRows Quantized(long widest) => new()
    {
        Bytes = Allocate<sbyte>(Capacity, widest),
        Scales = Allocate<float>(Capacity, widest / ActivationRows.GroupSize + 1),
        Sums16 = Allocate<short>(Capacity, widest / 16 + 2),
        Sums32 = Allocate<short>(Capacity, widest / ActivationRows.GroupSize + 1),
        Pairs = Allocate<int>(Capacity, widest / 16 + 2),
    };

    /// <summary>normed *= sigmoid(Up silu(Down normed)).</summary>
    private void GateNorm(LinearWeights down, LinearWeights up)
    {
        Multiply(down, Normed, _gateNarrow);
        Elementwise.Silu(_gateNarrow, Tokens * Config.GatedNormRank);
        Multiply(up, _gateNarrow, _gateWide);
        var context = new GateContext { Target = Normed, Gate = _gateWide, Width = Config.HiddenSize };
        Pool.For(Tokens, &context, &GateToken);
    }

    private void HeadRows(int* rows, int count)
    {
        for (var i = 0; i < count; i++)
            Elementwise.RmsNorm(Residual + (long)rows[i] * Config.HiddenSize, Weights.OutputNorm, Normed + (long)i * Config.HiddenSize, (float)Config.NormEpsilon);
        Prepare(Normed, Config.HiddenSize, count, Weights.Output.Matrix);
        Add(Weights.Output, Normed, _logits, count);
        Run();
    }

    /// <summary>Cosine and sine of position * frequency, in double until stored.</summary>
    private void Turn(int token, int position)
    {
        var frequencies = Weights.InverseFrequencies;
        for (var i = 0; i < frequencies.Length; i++)
        {
            var (sine, cosine) = Math.SinCos(position * frequencies[i]);
            Cosines[(long)token * frequencies.Length + i] = (float)(cosine * _rotaryScale);
            Sines[(long)token * frequencies.Length + i] = (float)(sine * _rotaryScale);
        }
    }

    private void EnsureScratch(long needed)
    {
        needed = PanelLayout.Align(needed);
        if (needed <= ScratchBytes) return;
        _scratch.Dispose();
        ScratchBytes = Math.Max(needed, 2 * ScratchBytes);
        _scratch = new NativeBuffer<byte>(ScratchBytes * Pool.Threads);
    }

    private static void NormToken(void* context, int token, int worker)
    {
        var c = (NormContext*)context;
        var row = (long)token * c->Width;
        Elementwise.RmsNorm(c->Source + row, new ReadOnlySpan<float>(c->Weight, c->Width), c->Target + row, c->Epsilon);
    }

    private static void GateToken(void* context, int token, int worker)
    {
        var c = (GateContext*)context;
        Elementwise.MultiplySigmoid(c->Target + (long)token * c->Width, c->Gate + (long)token * c->Width, c->Width);
    }

    private static void QuantizeToken(void* context, int token, int worker)
    {
        var c = (QuantizeContext*)context;
        if (c->Groups) c->Rows.QuantizeGroups(token, c->Width);
        if (c->Supers) c->Rows.QuantizeSupers(token, c->Width);
    }

    private struct NormContext
    {
        public float* Source, Target, Weight;
        public int Width;
        public float Epsilon;
    }

    private struct GateContext
    {
        public float* Target, Gate;
        public int Width;
    }

    private struct QuantizeContext
    {
        public ActivationRows Rows;
        public int Width;
        public bool Groups, Supers;
    }
}
