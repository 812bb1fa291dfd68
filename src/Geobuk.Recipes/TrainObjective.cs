namespace Geobuk.Recipes;

/// <summary>What training makes better.</summary>
public enum TrainObjective
{
    /// <summary>The next token of the corpus' documents.</summary>
    Pretrain,
    /// <summary>The assistant's answers in chats, by the model's own chat template.</summary>
    Sft,
    /// <summary>Chosen answers over rejected ones, Rafailov et al. 2023, arXiv:2305.18290.</summary>
    Dpo,
    /// <summary>A teacher's probabilities over the corpus' documents, Hinton et al. 2015, arXiv:1503.02531.</summary>
    Distill,
}
