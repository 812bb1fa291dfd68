using System.Globalization;

namespace Geobuk.Recipes.Reading;

/// <summary>A condition on several keys together.</summary>
/// <param name="Key">The key that the message points at.</param>
/// <param name="Others">Keys it is compared with; a rule is silent while one of them is wrong in itself.</param>
/// <param name="Problem">The message after the place, or null.</param>
internal sealed record RecipeRule(string Key, string[] Others, Func<Recipe, string?> Problem)
{
    /// <summary>Every rule.</summary>
    public static IReadOnlyList<RecipeRule> All { get; } =
    [
        new("base.model", ["base.architecture"], recipe => (recipe.Base.Model, recipe.Base.Architecture) switch
        {
            (not null, not null) => "base.model and base.architecture are both given; expected one of them. Remove one, or set it to null.",
            (null, null) => "base has neither model nor architecture; expected one of them. Give model to adapt a model, architecture to train a new one.",
            _ => null,
        }),
        new("base.tokenizer", ["base.model", "base.architecture"], recipe => (recipe.Base.Model, recipe.Base.Architecture, recipe.Base.Tokenizer) switch
        {
            (not null, null, not null) => "base.tokenizer is given beside base.model; expected it only with base.architecture. Remove it: the model brings its own.",
            (null, not null, null) => "base.tokenizer is missing; expected a group of keys, since base.architecture trains a new model. Add tokenizer: {vocabulary_size: 4096}.",
            _ => null,
        }),
        new("base.architecture.heads", ["base.architecture.hidden_size"], recipe =>
            recipe.Base.Architecture is { } shape && shape.HiddenSize % (2 * shape.Heads) != 0
                ? $"base.architecture.heads is {shape.Heads}; expected a number that divides hidden_size ({shape.HiddenSize}) into heads of even width." : null),
        new("base.architecture.key_value_heads", ["base.architecture.heads"], recipe =>
            recipe.Base.Architecture is { } shape && shape.Heads % shape.KeyValueHeads != 0
                ? $"base.architecture.key_value_heads is {shape.KeyValueHeads}; expected a divisor of heads ({shape.Heads})." : null),
        new("corpus.replay_share", ["corpus.general"], recipe => recipe.Corpus.ReplayShare > 0 && recipe.Corpus.General.Count == 0
            ? $"corpus.replay_share is {recipe.Corpus.ReplayShare}; expected 0, since corpus.general is empty. Name folders of general text or set 0." : null),
        // A basis for a source that is not there is no mistake: --set may have named others. One that is nearly there is.
        new("corpus.licenses", ["corpus.domain", "corpus.general"], recipe => recipe.Corpus.Licenses.Keys.Except(recipe.Corpus.LicenseNames())
            .Select(name => (Name: name, Nearest: NearestWord.Find(name, recipe.Corpus.LicenseNames()))).FirstOrDefault(pair => pair.Nearest is not null) is { Nearest: { } nearest } pair
            ? $"corpus.licenses names {pair.Name}; expected one of {string.Join(", ", recipe.Corpus.LicenseNames())}. Did you mean {nearest}?" : null),
        new("corpus.cleaning.as_of", [], recipe => recipe.Corpus.Cleaning.AsOf is { } day && !DateOnly.TryParseExact(day, "yyyy-MM-dd", out _)
            ? $"corpus.cleaning.as_of is {day}; expected a day of the calendar such as 2015-01-01." : null),
        new("train.warmup_steps", ["train.steps"], recipe => recipe.Train is { Steps: { } steps } train && train.WarmupSteps >= steps
            ? $"train.warmup_steps is {train.WarmupSteps}; expected less than train.steps ({steps}). A tenth of the steps is usual." : null),
        new("train.workers", ["train.gradient_accumulation"], recipe => recipe.Train is { } train && train.Workers > train.GradientAccumulation
            ? $"train.workers is {train.Workers}; expected at most train.gradient_accumulation ({train.GradientAccumulation}), since workers share the micro-batches of a step. Raise gradient_accumulation and lower micro_batch by the same factor." : null),
        new("train.fused_update", ["train.gradient_accumulation", "train.clip_norm", "train.spike_deviations"], recipe =>
            recipe.Train is { FusedUpdate: true } fused && (fused.GradientAccumulation > 1 || fused.ClipNorm is not null || fused.SpikeDeviations is not null)
                ? $"train.fused_update is true with gradient_accumulation {fused.GradientAccumulation}, clip_norm {fused.ClipNorm?.ToString(CultureInfo.InvariantCulture) ?? "null"} and spike_deviations {fused.SpikeDeviations?.ToString(CultureInfo.InvariantCulture) ?? "null"}; expected 1, null and null, since a layer's weights move before the gradients of all layers are known. Set them, or leave fused_update out." : null),
        new("train.freeze", ["train.method"], recipe => recipe.Train is not { Freeze.Count: > 0 } frozen ? null
            : frozen.Method != TrainMethod.Full ? "train.freeze is given with train.method lora; expected method full, since adapters freeze the whole model. Choose lora.targets instead."
            : frozen.Freeze.Count == 5 ? "train.freeze names every part; expected at least one that learns. Remove some." : null),
        new("train.forgetting", ["corpus.general"], recipe => recipe.Train?.Forgetting is not null && recipe.Corpus.General.Count == 0
            ? "train.forgetting is given, but corpus.general is empty; expected general text to measure it on. Name folders of general text or remove it." : null),
        new("train.forgetting.stop", ["train.forgetting.alphas"], recipe => recipe.Train?.Forgetting is { Stop: true, Alphas: 0 }
            ? "train.forgetting.stop is true, but train.forgetting.alphas is 0; expected at least 1, since the weights that passed the limit are not kept. 8 is usual." : null),
        new("train.sequence_length", ["base.architecture.max_positions"], recipe =>
            recipe is { Train: { } train, Base.Architecture: { } shape } && train.SequenceLength > shape.MaxPositions
                ? $"train.sequence_length is {train.SequenceLength}; expected at most base.architecture.max_positions ({shape.MaxPositions})." : null),
        new("train.data", ["train.objective"], recipe => recipe.Train is not { } train ? null : (train.Objective, train.Data.Count) switch
        {
            (TrainObjective.Sft or TrainObjective.Dpo, 0) => $"train.data is empty; expected JSONL files, since train.objective is {train.Objective.ToString().ToLowerInvariant()}. Name them.",
            (TrainObjective.Pretrain or TrainObjective.Distill, > 0) => $"train.data is given; expected it only with train.objective sft or dpo. Remove it: {train.Objective.ToString().ToLowerInvariant()} learns from the corpus.",
            _ => null,
        }),
        new("train.distillation", ["train.objective"], recipe => recipe.Train is not { } train ? null : (train.Objective, train.Distillation) switch
        {
            (TrainObjective.Distill, null) => "train.distillation is missing; expected a group of keys, since train.objective is distill. Add distillation: {teacher: FOLDER}.",
            (not TrainObjective.Distill, not null) => "train.distillation is given; expected it only with train.objective distill. Remove one of the two.",
            _ => null,
        }),
        new("train.lora.quantized_base", ["train.method"], recipe => recipe.Train is { Lora.QuantizedBase: not null, Method: not TrainMethod.Lora } train
            ? $"train.lora.quantized_base is given with method {train.Method.ToString().ToLowerInvariant()}; expected method lora. Set it, or leave the file out." : null),
    ];
}
