using Geobuk.Inference.Kernels;
using Geobuk.Inference.Weights;
using Geobuk.Models;

namespace Geobuk.Inference;

/// <summary>The memory of a step and the operations on it, each a parallel loop. Activations are [tokens, width], row-major.</summary>
internal sealed unsafe class StepState : IDisposable
{
    /// <summary>Tokens whose logits are computed together, which bounds tokens x vocabulary.</summary>
    private const int LogitTokens = 16;

    private readonly ModelWeights _weights;
    private readonly ModelConfig _config;
    private readonly KvLayout _layout;
    private readonly WorkerPool _pool;
    private readonly List<IDisposable> _buffers = [];
    private readonly float* _residual, _normed, _queries, _keys, _values, _mixed, _gate, _up, _cosines, _sines, _logits;
    private readonly int* _positions;
    private readonly byte*** _blocks;
    private readonly int* _logitRows;
    private readonly long _matrixScratch;
    private ActivationRows _quantized;
    private NativeBuffer<byte> _scratch;
    private long _scratchPerWorker;
    private int _tokens;

    public StepState(ModelWeights weights, KvLayout layout, WorkerPool pool, int capacity)
    {
        (_weights, _config, _layout, _pool) = (weights, weights.Config, layout, pool);
        var queryWidth = _config.HeadCount * _config.HeadSize;
        var keyWidth = _config.KeyValueHeadCount * _config.HeadSize;
        var widest = Math.Max(Math.Max(_config.HiddenSize, _config.IntermediateSize), queryWidth);
        _residual = Allocate<float>(capacity, _config.HiddenSize);
        _normed = Allocate<float>(capacity, _config.HiddenSize);
        _queries = Allocate<float>(capacity, queryWidth);
        _keys = Allocate<float>(capacity, keyWidth);
        _values = Allocate<float>(capacity, keyWidth);
        _mixed = Allocate<float>(capacity, queryWidth);
        _gate = Allocate<float>(capacity, _config.IntermediateSize);
        _up = Allocate<float>(capacity, _config.IntermediateSize);
        _cosines = Allocate<float>(capacity, _config.HeadSize / 2);
        _sines = Allocate<float>(capacity, _config.HeadSize / 2);
        _logits = Allocate<float>(LogitTokens, _config.VocabularySize);
        _positions = Allocate<int>(capacity, 1);
        _logitRows = Allocate<int>(capacity, 1);
        _blocks = (byte***)Allocate<nint>(capacity, 1);
        _quantized.Bytes = Allocate<sbyte>(capacity, widest);
        _quantized.Scales = Allocate<float>(capacity, widest / 32 + 1);
        _quantized.Sums32 = Allocate<float>(capacity, widest / 32 + 1);
        _quantized.Sums16 = Allocate<float>(capacity, widest / 16 + 1);
        _matrixScratch = weights.Matrices.Max(matrix => MatrixKernel.Get(matrix.Type).ScratchBytes((int)matrix.Columns));
        _scratch = new NativeBuffer<byte>(0);
    }

    /// <summary>Embeds the batch's tokens and computes the angles of their positions.</summary>
    public void Begin(StepBatch batch)
    {
        _tokens = batch.Count;
        var longest = 0;
        for (var t = 0; t < _tokens; t++)
        {
            longest = Math.Max(longest, batch.Positions[t] + 1);
            _positions[t] = batch.Positions[t];
            _blocks[t] = batch.Caches[t].Blocks;
            Turn(t, batch.Positions[t]);
        }
        EnsureScratch(longest);
        var embedding = _weights.Embedding;
        var decode = MatrixKernel.Get(embedding.Type).Decode;
        for (var t = 0; t < _tokens; t++)
            decode(embedding.Data + batch.Tokens[t] * embedding.RowBytes, _residual + (long)t * _config.HiddenSize, _config.HiddenSize, _scratch.Pointer);
    }

    /// <summary>normed = RMSNorm(residual).</summary>
    public void Norm(float[] weight)
    {
        fixed (float* w = weight)
        {
            var context = new NormContext { Source = _residual, Target = _normed, Weight = w, Width = weight.Length, Epsilon = (float)_config.NormEpsilon };
            _pool.For(_tokens, &context, &NormToken);
        }
    }

    /// <summary>Queries, keys and values of the normed rows, turned by RoPE; keys and values go to the cache.</summary>
    public void Project(LayerWeights layer, int index)
    {
        Quantize(_normed, _config.HiddenSize, _tokens, layer.Query, layer.Key, layer.Value);
        var loop = NewLoop();
        loop.Add(Job(layer.Query, _normed, _queries, _tokens));
        loop.Add(Job(layer.Key, _normed, _keys, _tokens));
        loop.Add(Job(layer.Value, _normed, _values, _tokens));
        loop.Run(_pool);
        var attention = Attention(index);
        _pool.For(_tokens, &attention, IsHalf ? &AttentionKernel<F16Rows>.RotateAndStore : &AttentionKernel<F32Rows>.RotateAndStore);
    }

    /// <summary>mixed = softmax(q K^T) V.</summary>
    public void Attend(int index)
    {
        var attention = Attention(index);
        _pool.For(_tokens * _layout.Heads, &attention, IsHalf ? &AttentionKernel<F16Rows>.Attend : &AttentionKernel<F32Rows>.Attend);
    }

    /// <summary>residual += W mixed.</summary>
    public void AddAttention(LinearWeights output) => AddProduct(output, _mixed);

    /// <summary>gate = silu(W normed) * (V normed).</summary>
    public void FeedForward(LayerWeights layer)
    {
        Quantize(_normed, _config.HiddenSize, _tokens, layer.Gate, layer.Up);
        var loop = NewLoop();
        loop.Add(Job(layer.Gate, _normed, _gate, _tokens));
        loop.Add(Job(layer.Up, _normed, _up, _tokens));
        loop.Run(_pool);
        var context = new GateContext { Gate = _gate, Up = _up, Width = _config.IntermediateSize };
        _pool.For(_tokens, &context, &GateToken);
    }

    /// <summary>residual += W gate.</summary>
    public void AddFeedForward(LinearWeights down) => AddProduct(down, _gate);

    /// <summary>Visits the logits of the batch's tokens that want them, in order; the visitor gets the index in the batch.</summary>
    public void Head(StepBatch batch, LogitsVisitor visit)
    {
        var wanted = 0;
        for (var t = 0; t < _tokens; t++)
        {
            if (batch.WantsLogits[t]) _logitRows[wanted++] = t;
        }
        for (var start = 0; start < wanted; start += LogitTokens)
        {
            var count = Math.Min(LogitTokens, wanted - start);
            HeadRows(_logitRows + start, count);
            for (var i = 0; i < count; i++)
                visit(_logitRows[start + i], new ReadOnlySpan<float>(_logits + (long)i * _config.VocabularySize, _config.VocabularySize));
        }
    }

    public void Dispose()
    {
        _buffers.ForEach(buffer => buffer.Dispose());
        _scratch.Dispose();
    }

    private bool IsHalf => _layout.ElementBytes == F16Rows.ElementBytes;

    private void HeadRows(int* rows, int count)
    {
        var epsilon = (float)_config.NormEpsilon;
        for (var i = 0; i < count; i++)
            Elementwise.RmsNorm(_residual + (long)rows[i] * _config.HiddenSize, _weights.OutputNorm, _normed + (long)i * _config.HiddenSize, epsilon);
        Quantize(_normed, _config.HiddenSize, count, _weights.Output);
        var loop = NewLoop();
        loop.Add(Job(_weights.Output, _normed, _logits, count));
        loop.Run(_pool);
    }

    private void AddProduct(LinearWeights linear, float* input)
    {
        Quantize(input, linear.Inputs, _tokens, linear);
        var loop = NewLoop();
        loop.Add(Job(linear, input, _residual, _tokens) with { Accumulate = true });
        loop.Run(_pool);
    }

    private MatrixLoop NewLoop() => new(_scratch.Pointer, _scratchPerWorker);

    private static MatrixKernel Kernel(LinearWeights linear) => MatrixKernel.Get(linear.Matrix.Type);

    private MatrixJob Job(LinearWeights linear, float* input, float* output, int tokens) => new()
    {
        Kernel = Kernel(linear).Multiply,
        Weights = linear.Matrix.Data,
        RowBytes = linear.Matrix.RowBytes,
        Rows = linear.Outputs,
        Columns = linear.Inputs,
        // Biases live in pinned arrays that the weights keep.
        Bias = linear.Bias is null ? null : (float*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(linear.Bias, 0),
        Tokens = tokens,
        Input = _quantized with { Values = input },
        Output = output,
    };

    /// <summary>The 8-bit form of the inputs, if a consumer reads it.</summary>
    private void Quantize(float* input, int width, int tokens, params ReadOnlySpan<LinearWeights> consumers)
    {
        var needed = false;
        foreach (var consumer in consumers) needed |= Kernel(consumer).Quantized;
        if (!needed) return;
        var context = new QuantizeContext { Rows = _quantized with { Values = input }, Width = width };
        _pool.For(tokens, &context, &QuantizeToken);
    }

    private AttentionJob Attention(int layer) => new()
    {
        Layout = _layout,
        Rotary = _weights.RotaryLayout,
        Layer = layer,
        QueryHeads = _config.HeadCount,
        Scale = 1 / MathF.Sqrt(_config.HeadSize),
        Queries = _queries,
        Keys = _keys,
        Values = _values,
        Output = _mixed,
        Cosines = _cosines,
        Sines = _sines,
        Positions = _positions,
        Blocks = _blocks,
        Scratch = _scratch.Pointer,
        ScratchBytes = _scratchPerWorker,
    };

    /// <summary>Cosine and sine of position * frequency, in double until stored.</summary>
    private void Turn(int token, int position)
    {
        var frequencies = _weights.InverseFrequencies;
        var scale = _config.Rope.AttentionScale();
        for (var i = 0; i < frequencies.Length; i++)
        {
            var (sine, cosine) = Math.SinCos(position * frequencies[i]);
            _cosines[(long)token * frequencies.Length + i] = (float)(cosine * scale);
            _sines[(long)token * frequencies.Length + i] = (float)(sine * scale);
        }
    }

    private void EnsureScratch(int length)
    {
        var group = _config.HeadCount / _config.KeyValueHeadCount;
        var attention = AttentionKernel<F32Rows>.ScratchBytes(group, _config.HeadSize, length);
        var needed = UnpackedRow.Align(Math.Max(_matrixScratch, attention));
        if (needed <= _scratchPerWorker) return;
        _scratch.Dispose();
        _scratchPerWorker = Math.Max(needed, 2 * _scratchPerWorker);
        _scratch = new NativeBuffer<byte>(_scratchPerWorker * _pool.Threads);
    }

    private T* Allocate<T>(int tokens, int width) where T : unmanaged
    {
        var buffer = new NativeBuffer<T>((long)tokens * width);
        _buffers.Add(buffer);
        return buffer.Pointer;
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
        Elementwise.SwiGlu(c->Gate + (long)token * c->Width, c->Up + (long)token * c->Width, c->Width);
    }

    private static void QuantizeToken(void* context, int token, int worker)
    {
        var c = (QuantizeContext*)context;
        c->Rows.Quantize(token, c->Width);
    }

    private struct NormContext
    {
        public float* Source, Target, Weight;
        public int Width;
        public float Epsilon;
    }

    private struct GateContext
    {
        public float* Gate, Up;
        public int Width;
    }

    private struct QuantizeContext
    {
        public ActivationRows Rows;
        public int Width;
    }
}
