using System.Security.Cryptography;
using System.Text.Json;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Training.Modules;
using Geobuk.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Checkpoints;

/// <summary>
/// The checkpoints of a training step: folders step-00000100 with state.safetensors (masters, moments and their scales) and state.json,
/// written under a temporary name and renamed when whole.
/// </summary>
public sealed class TrainingCheckpoints(string folder, int keep)
{
    private const string TensorsName = "state.safetensors", StateName = "state.json";
    private const long PieceElements = 1 << 22;
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Whether what an interruption left half-written is removed: by one of several workers.</summary>
    public bool CleansUp { get; init; } = true;

    /// <summary>What a test breaks.</summary>
    internal JobFaults? Faults { get; init; }

    /// <summary>Saves the state after a step and removes the oldest beyond the number to keep.</summary>
    public void Save(TrainingState state, AdamW optimizer)
    {
        var final = Path.Combine(folder, $"step-{state.Step:D8}");
        if (Directory.Exists(final)) return;
        var temporary = final + ".tmp";
        if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        try
        {
            Write(temporary, state, optimizer);
            Directory.Move(temporary, final);
        }
        catch (IOException fault)
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            var kept = Folders().LastOrDefault();
            throw new IOException($"{final}: the checkpoint could not be written ({fault.Message}); {(kept is null ? "there is none before it" : $"{kept} is kept")}. Free space on the disk and start again, it goes on from there.", fault);
        }
        foreach (var old in Folders().SkipLast(keep)) Directory.Delete(old, recursive: true);
    }

    private void Write(string temporary, TrainingState state, AdamW optimizer)
    {
        Directory.CreateDirectory(temporary);
        var tensors = optimizer.State().Select(entry => new TensorToWrite(entry.Name, entry.Tensor.dtype == ScalarType.Byte ? TensorDataType.U8 : TensorDataType.F32, entry.Tensor.shape, () =>
        {
            Faults?.Saving?.Invoke(entry.Name);
            return ModelWeights.Values(entry.Tensor.to(float32, copy: true));
        }));
        SafetensorsWriter.Write(Path.Combine(temporary, TensorsName), [.. tensors]);
        var complete = state with { StateDigest = optimizer.Digest(), TensorsDigest = Digest(Path.Combine(temporary, TensorsName)) };
        AtomicFile.WriteText(Path.Combine(temporary, StateName), JsonSerializer.Serialize(complete, s_json));
    }

    /// <summary>Whether there is a checkpoint to continue from.</summary>
    public bool Exist => Folders().Length > 0;

    /// <summary>Restores the newest checkpoint; null if there is none.</summary>
    /// <exception cref="UserInputException">The checkpoint is damaged, or belongs to other inputs: says which.</exception>
    public TrainingState? Restore(AdamW optimizer, IReadOnlyDictionary<string, string> inputs)
    {
        if (CleansUp && Directory.Exists(folder))
            foreach (var unfinished in Directory.EnumerateDirectories(folder, "*.tmp")) Directory.Delete(unfinished, recursive: true);
        if (Folders().LastOrDefault() is not { } newest) return null;
        var state = JsonSerializer.Deserialize<TrainingState>(File.ReadAllText(Path.Combine(newest, StateName)), s_json)!;
        Refuse(newest, state, inputs);
        using var file = SafetensorsFile.Open(Path.Combine(newest, TensorsName));
        using var still = no_grad();
        foreach (var (name, target) in optimizer.State())
        {
            if (!file.Tensors.TryGetValue(name, out var stored) || !stored.Shape.SequenceEqual(target.shape))
                throw new UserInputException($"{newest}: no tensor {name} of shape [{string.Join(", ", target.shape)}]; expected the state of this recipe. Delete the folder to start again.");
            Fill(target, file, stored);
        }
        optimizer.StepCount = state.Step;
        optimizer.Publish();
        if (Faults is { ColdStart: true })
        {
            foreach (var (_, values) in optimizer.State().Where(entry => entry.Name.StartsWith("moment", StringComparison.Ordinal))) values.zero_();
            return state;
        }
        Faults?.Restored?.Invoke(optimizer);
        var digest = optimizer.Digest();
        if (digest != state.StateDigest)
            throw new UserInputException($"{newest}: weights and moments as restored have the digest {digest[..16]}; expected {state.StateDigest.AsSpan(0, Math.Min(16, state.StateDigest.Length))}, as they were saved. This machine or this version restores it wrongly; delete the folder to start again.");
        return state;
    }

    /// <summary>Piece by piece: a state may be larger than an array of bytes.</summary>
    private static void Fill(Tensor target, SafetensorsFile file, SafetensorsTensor stored)
    {
        using var scope = NewDisposeScope();
        var flat = target.view(-1);
        var size = stored.DataType.Size();
        for (long at = 0; at < stored.Elements; at += PieceElements)
        {
            using var piece = NewDisposeScope();
            var values = new float[Math.Min(PieceElements, stored.Elements - at)];
            var bytes = new byte[values.Length * size];
            file.Read(stored, at * size, bytes);
            stored.DataType.ToSingle(bytes, values);
            flat.narrow(0, at, values.Length).copy_(tensor(values));
        }
    }

    private string[] Folders() =>
        Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder, "step-*").Where(path => !path.EndsWith(".tmp", StringComparison.Ordinal)).Order(StringComparer.Ordinal)]
            : [];

    private static void Refuse(string place, TrainingState state, IReadOnlyDictionary<string, string> inputs)
    {
        var problems = inputs.Keys.Union(state.Inputs.Keys).Where(key => state.Inputs.GetValueOrDefault(key) != inputs.GetValueOrDefault(key))
            .Select(key => $"{place}: {key} is {inputs.GetValueOrDefault(key) ?? "absent"} now; expected {state.Inputs.GetValueOrDefault(key) ?? "it to be absent"}, with which the checkpoint was made. Restore it, or delete the folder to start again.")
            .ToList();
        if (Digest(Path.Combine(place, TensorsName)) != state.TensorsDigest)
            problems.Add($"{place}: {TensorsName} does not have the digest {state.TensorsDigest}; expected an unchanged file. Delete the folder to go back to the checkpoint before it.");
        if (problems.Count > 0) throw new UserInputException(problems);
    }

    private static string Digest(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
